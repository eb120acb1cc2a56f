--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/each
-- submitted: record the upstream's answer (submitting -> submitted). An answer is never thrown away: if the claim was
-- settled meanwhile, the upstream's task id still goes to the record. `request_id` is the upstream's of its answer or '',
-- `kind` the task's class within its model or '', `deliver_job` the id of the job that delivers it or ''.
-- answers {"ok", submitted_at, finish_by} | {"late", status} (kept as late_upstream_task_id) | {"missing"}

local function finish_by(task, submitted_at)
  return string.format('%.0f', submitted_at + (task.finish_within or USUAL_FINISH_WITHIN_MS))
end

local function index_late_id(task, upstream_id)
  local key = under('upstream', upstream_id)
  redis.call('SET', key, task.id)
  local left = redis.call('PTTL', task.key)
  if left > 0 then redis.call('PEXPIRE', key, left) end
end

-- Its key is to go with the task too, and the record names only the last one.
local function keep_earlier_late_id(task)
  if not task.late_upstream_task_id then return end
  local ids = cjson.decode(task.earlier_late_ids or '[]')
  ids[#ids + 1] = task.late_upstream_task_id
  redis.call('HSET', task.key, 'earlier_late_ids', cjson.encode(ids))
end

local function submitted(id, claim, upstream_id, request_id, first_poll_ms, kind, deliver_job)
  local task = load_task(id)
  if not task then return { 'missing' } end
  local at = now_ms()

  if task.claim == tonumber(claim) and task.upstream_task_id == upstream_id then
    local submitted_at = time_of(task, 'submitted') -- the same write, sent again after a reconnect
    return { 'ok', string.format('%.0f', submitted_at), finish_by(task, submitted_at) }
  end
  if task.status ~= 'submitting' or task.claim ~= tonumber(claim) then
    if task.late_upstream_task_id == upstream_id then return { 'late', task.status } end
    index_late_id(task, upstream_id)
    keep_earlier_late_id(task)
    redis.call('HSET', task.key, 'late_upstream_task_id', upstream_id,
      'timeline', timeline_with(task, at, 'late_answer', upstream_id))
    return { 'late', task.status }
  end

  local changes = { 'upstream_task_id', upstream_id }
  add_field(changes, 'request_id', request_id)
  add_field(changes, 'kind', kind)
  move(task, 'submitted', at, changes, upstream_id)
  -- Nobody asks for a claim that has ended well, and no job wakes the task any more.
  redis.call('HDEL', task.key, 'claim_worker', 'claim_token', 'claim_at', 'wake_job')
  enter_upstream_id(task, upstream_id)
  redis.call('ZREM', under('open'), task.id)
  redis.call('ZADD', under('polls'), at + first_poll_ms, task.id)
  add_event(task, at, deliver_job)
  return { 'ok', string.format('%.0f', at), finish_by(task, at) }
end

return each(submitted)
