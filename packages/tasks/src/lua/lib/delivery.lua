-- Deliveries, each in two fields of its task's record: `delivery.<word>` its state, `attempts.<word>` the log of its
-- attempts, one per line. Their times are ms since the task's creation. delivery-fields.ts reads them too. Needs lib/task.

local EVENTS = { 'submitted', 'running', 'succeeded', 'failed', 'expired', 'canceled' }
local BODY_VERSION = 1
local NO_NONCE = '-'

-- 'task.failed' -> 'failed'
local function word_of(event)
  return event:sub(#'task.' + 1)
end

-- Out of its line; nil when this event has no delivery.
local function delivery_from(line)
  if not line then return nil end
  local version, state, round, attempts, sequence, at, round_at, next_at, nonce =
    line:match('^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+)$')
  return {
    version = version, state = state, round = tonumber(round), attempts = tonumber(attempts), sequence = sequence,
    at = at, round_at = round_at, next_at = next_at, nonce = nonce,
  }
end

-- Its line, put into the task at hand as well; to be written by whoever asked for it.
local function with_delivery(task, word, delivery)
  local line = table.concat({
    delivery.version, delivery.state, delivery.round, delivery.attempts, delivery.sequence, delivery.at,
    delivery.round_at, delivery.next_at, delivery.nonce,
  }, ' ')
  task['delivery.' .. word] = line
  return line
end

local function has_pending(task)
  for _, word in ipairs(EVENTS) do
    local line = task['delivery.' .. word]
    if line and line:find(' pending ', 1, true) then return true end
  end
  return false
end
