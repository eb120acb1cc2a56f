-- Ending a task. Needs lib/task, lib/delivery, lib/event and lib/upstream.

local LARGE_PAYLOAD = 16384
local HOUR_MS = 3600000
local DAY_MS = 86400000

local function upstream_keys(task)
  local keys = {}
  local ids = task.earlier_late_ids and cjson.decode(task.earlier_late_ids) or {}
  ids[#ids + 1] = task.upstream_task_id or ''
  ids[#ids + 1] = task.late_upstream_task_id or ''
  for _, upstream_id in ipairs(ids) do
    if upstream_id ~= '' then keys[#keys + 1] = under('upstream', upstream_id) end
  end
  return keys
end

-- Retention counts from the last of final state, delivered and exhausted.
local function start_retention(task, retention_ms)
  redis.call('PEXPIRE', task.key, retention_ms)
  if not task.payload then
    local payload = under('payload', task.id)
    local left = redis.call('PTTL', payload)
    if left == -1 or left > retention_ms then redis.call('PEXPIRE', payload, retention_ms) end
  end
  for _, key in ipairs(upstream_keys(task)) do redis.call('PEXPIRE', key, retention_ms) end
end

-- For a round that begins after the end: until it has ended nothing of the task may go, but a large payload.
local function stop_retention(task)
  redis.call('PERSIST', task.key)
  local payload = under('payload', task.id)
  if not task.payload and redis.call('STRLEN', payload) <= LARGE_PAYLOAD then redis.call('PERSIST', payload) end
  for _, key in ipairs(upstream_keys(task)) do redis.call('PERSIST', key) end
end

-- A key that names the task stays as long as a client may reasonably repeat its request, and no longer than the task.
local function end_idempotency(task, at, retention_ms)
  if not task.idem then return end
  local until_day_is_over = tonumber(task.created_at) + DAY_MS - at
  redis.call('PEXPIRE', under('idem', task.caller, task.idem), 
    math.min(math.max(until_day_is_over, HOUR_MS), retention_ms))
end

local function index_failed(task)
  if task.status ~= 'failed' and task.status ~= 'expired' then return end
  redis.call('ZADD', under('failed'), task.created_at, task.id)
  redis.call('ZADD', under('caller', task.caller, 'failed'), task.created_at, task.id)
end

-- What only an open task needs.
local function forget_working(task)
  redis.call('HDEL', task.key, 'wake_job', 'claim_worker', 'claim_token', 'claim_at', 'absent_at', 'idem', 'crashes',
    'crash_mark', 'kind', 'seen')
end

-- Writes the final state once, with its event. `keep` = { retention_ms, payload_retention_ms }.
-- `deliver_job` is the id of the job that delivers it. Answers false when the table does not know the move.
local function finish(task, to, at, changes, keep, detail, deliver_job)
  changes[#changes + 1] = 'finished_at'
  changes[#changes + 1] = string.format('%.0f', at)
  local index = index_of(task.status)
  if not move(task, to, at, changes, detail) then return false end
  redis.call('ZREM', under(index), task.id)
  index_failed(task)
  keep_upstream_id(task)
  end_idempotency(task, at, keep.retention_ms)
  forget_working(task)
  local payload = under('payload', task.id)
  if not task.payload and redis.call('STRLEN', payload) > LARGE_PAYLOAD then
    redis.call('PEXPIRE', payload, keep.payload_retention_ms)
  end
  add_event(task, at, deliver_job)
  if not has_pending(task) then start_retention(task, keep.retention_ms) end
  return true
end
