-- Deliveries, each in two fields of its task's record: `delivery.<word>` its state, `attempts.<word>` the log of its
-- attempts, one per line. delivery-fields.ts reads them too. Needs lib/task.

local EVENTS = { 'submitted', 'running', 'succeeded', 'failed', 'expired', 'canceled' }
local BODY_VERSION = 1
local NO_NONCE = '-'

-- 'task.failed' -> 'failed'
local function word_of(event)
  return event:sub(#'task.' + 1)
end

-- deliverJobId in packages/queues.
local function own_deliver_job(id, word, round)
  return string.format('%s-%s-%d', id, word, round)
end

-- Out of its line: "<version> <state> <round> <attempts> <sequence> <at> <round at> <next at> <nonce> <job>". The line has the
-- event's time as ms since the task's creation and the other two as ms since the event; here they are unix ms. The job is
-- the one that delivers it; it is left out, with its blank, when that is the delivery's own. Nil when this event has no
-- delivery, and for a form that only a newer release knows.
local function delivery_from(line, created_at)
  if not line then return nil end
  local version, state, round, attempts, sequence, after, round_after, next_after, nonce, job =
    line:match('^(%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) (%S+) ?(%S*)$')
  round, attempts = tonumber(round), tonumber(attempts)
  after, round_after, next_after = tonumber(after), tonumber(round_after), tonumber(next_after)
  if not (round and attempts and after and round_after and next_after) then return nil end
  local at = created_at + after
  return {
    version = version, state = state, round = round, attempts = attempts, sequence = sequence,
    at = at, round_at = at + round_after, next_at = at + next_after, nonce = nonce,
    job = job ~= '' and job or nil,
  }
end

-- Its line, put into the task at hand as well; to be written by whoever asked for it.
local function with_delivery(task, word, delivery)
  local at = delivery.at
  local line = string.format('%s %s %d %d %s %.0f %.0f %.0f %s', delivery.version, delivery.state, delivery.round,
    delivery.attempts, delivery.sequence, at - task.created_at, delivery.round_at - at, delivery.next_at - at,
    delivery.nonce)
  if delivery.job then line = line .. ' ' .. delivery.job end
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
