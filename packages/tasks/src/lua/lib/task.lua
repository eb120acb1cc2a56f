-- Shared by every script. LEGAL, IN_FLIGHT (states.ts) and what is USUAL (usual.ts) stand before this text.
-- All keys of a deployment begin with its hash tag, so they lie in one slot of a Redis Cluster and may be built here.

local TAG = ARGV[1]

local TIMELINE_LINES = 39
local SHORTEST_LINE = 8
-- The reconciler looks at an open task and a pending delivery again after this.
local LOOK_AFTER_MS = 45000
-- And at a claim, which no job stands for: its worker may be gone.
local LOOK_AT_CLAIM_MS = 3000
-- From these a listener of a caller's events resumes; older ones are only in the tasks' timelines.
local CALLER_EVENTS = 10000

-- A key of the deployment, of one to three parts. Without a table, as it is what scripts do most.
local function under(first, second, third)
  if third then return TAG .. ':' .. first .. ':' .. second .. ':' .. third end
  if second then return TAG .. ':' .. first .. ':' .. second end
  return TAG .. ':' .. first
end

-- Whether a text such as ' one two ' has the word.
local function has_word(text, word)
  return text:find(' ' .. word .. ' ', 1, true) ~= nil
end

-- The same for all of a run.
local now
local function now_ms()
  if not now then
    local time = redis.call('TIME')
    now = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return now
end

local function load_task(id)
  local key = under('task', id)
  local flat = redis.call('HGETALL', key)
  if #flat == 0 then return nil end
  -- With room for the usual fields: to let a table grow costs as much as to fill it.
  local task = {
    flat = flat, id = id, key = key, account = USUAL_ACCOUNT,
    status = nil, caller = nil, model = nil, created_at = nil, claim = nil, sequence = nil, timeline = nil, payload = nil,
    wake_job = nil, claim_worker = nil, claim_token = nil, claim_at = nil, upstream_task_id = nil, request_id = nil,
    webhook_url = nil, webhook_events = nil, finish_within = nil, kind = nil, seen = nil, result = nil, finished_at = nil,
  }
  for i = 1, #flat, 2 do task[flat[i]] = flat[i + 1] end
  task.claim = tonumber(task.claim)
  task.created_at = tonumber(task.created_at) or 0 -- a damaged record must be able to end
  task.sequence = tonumber(task.sequence)
  return task
end

-- Everybody who listens hears of a timeline's new line: on one channel, and from a capped stream per caller.
-- Entry: "<task id> <line>"; on the channel after "<stream id> <caller> ".
local function tell(task, line)
  local entry = task.id .. ' ' .. line
  local stream = under('caller', task.caller, 'events')
  local at = redis.call('XADD', stream, 'MAXLEN', '~', CALLER_EVENTS, '*', 'e', entry)
  redis.call('PUBLISH', under('events'), at .. ' ' .. task.caller .. ' ' .. entry)
end

-- One line per thing that happened: "<sequence> <unix ms> <word> <detail>". It is told like that. The record leaves out the
-- first line, `queued` at the creation, and has the ms since then, no sequence, which follows from the task's, and no
-- detail for `submitted`, which is the upstream's id of the task (timeline.ts puts all of it back). Beyond the cap the
-- oldest go: never `submitted` and `running`, behind which few can follow.
local function timeline_with(task, at, word, detail)
  local text = task.timeline or ''
  if #text > TIMELINE_LINES * SHORTEST_LINE then
    local _, lines = text:gsub('\n', '\n')
    if lines >= TIMELINE_LINES then text = text:gsub('^[^\n]*\n', '', 1) end
  end
  local rest = detail and detail ~= '' and word .. ' ' .. detail:gsub('\n', ' ') or word
  local kept = word == 'submitted' and word or rest
  task.timeline = text .. string.format('%.0f %s\n', at - task.created_at, kept)
  tell(task, string.format('%d %.0f %s', task.sequence, at, rest))
  return task.timeline
end

-- When the timeline says that this happened, in unix ms; nil when it does not. Of an erased task the record says it. It
-- was before the creation where Redis' clock was set back.
local function time_of(task, word)
  local after = ('\n' .. (task.timeline or '')):match('\n(%-?%d+) ' .. word .. '\n')
  return after and task.created_at + after or tonumber(task[word .. '_at'])
end

-- BullMQ's rate limit of the submit queue.
local function submit_limiter()
  return under('submit', 'limiter')
end

-- Holds the submit queue and says why. A hold that lasts longer stays.
local function hold_account(account, at, why, ms)
  local key = under('account', account, 'hold')
  if at + ms <= tonumber(redis.call('HGET', key, 'until') or 0) then return end
  redis.call('HSET', key, 'why', why, 'until', string.format('%.0f', at + ms))
  redis.call('PEXPIRE', key, ms)
  redis.call('SET', submit_limiter(), '9007199254740991', 'PX', ms)
end

-- Frees the submit queue when it was held because the account was full; a hold for another reason stays.
local function release_hold(account)
  local hold = under('account', account, 'hold')
  if redis.call('HGET', hold, 'why') == 'cap' then
    redis.call('DEL', hold, submit_limiter())
  end
end

local function count_in_flight(task, to)
  local key = under('account', task.account, 'in_flight')
  local was, is = has_word(IN_FLIGHT, task.status), has_word(IN_FLIGHT, to)
  if is and not was then
    redis.call('INCR', key)
  elseif was and not is then
    redis.call('DECR', key)
    release_hold(task.account)
  end
end

-- How many tasks of a caller are queued; it moves with the state, so that it cannot drift.
local function count_queued(task, to)
  local key = under('caller', task.caller, 'queued')
  if to == 'queued' then
    redis.call('INCR', key)
  elseif task.status == 'queued' and redis.call('DECR', key) < 0 then
    redis.call('SET', key, 0) -- the count was lost
  end
end

-- One more field for a flat list of them, if there is something to tell.
local function add_field(changes, name, value)
  if value == '' then return end
  changes[#changes + 1] = name
  changes[#changes + 1] = value
end

-- The only place where a task's status changes. `changes` is a flat list of fields. Answers false, and writes nothing,
-- when the table does not know the move.
local function move(task, to, at, changes, detail)
  if not has_word(LEGAL, task.status .. '>' .. to) then return false end
  count_in_flight(task, to)
  count_queued(task, to)
  task.sequence = task.sequence + 1
  redis.call('HSET', task.key, 'status', to, 'sequence', task.sequence,
    'timeline', timeline_with(task, at, to, detail), unpack(changes))
  task.status = to
  return true
end

-- The reconciler looks at an open task when this time has come.
local function look_at(task, at)
  redis.call('ZADD', under('open'), at, task.id)
end

-- An open task stands in one of two indexes: while the upstream has it, in that of its polls.
local function index_of(status)
  return (status == 'submitted' or status == 'running') and 'polls' or 'open'
end
