--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
-- submitted: record the upstream's answer (submitting -> submitted). An answer is never thrown away: if the claim was
-- settled meanwhile, the upstream's task id still goes to the record.
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] claim  [4] upstream task id  [5] upstream request id, or ''  [6] ms until its first poll
-- ARGV[7] its kind, or ''  [8] id of the job that delivers it, or ''
-- returns {"ok", submitted_at, finish_by} | {"late", status} (kept as late_upstream_task_id) | {"missing"}

local function finish_by(task, submitted_at)
  return string.format('%.0f', submitted_at + (task.finish_within or USUAL_FINISH_WITHIN_MS))
end

local function index_late_id(task, upstream_id)
  local key = under(task.tag, 'upstream', upstream_id)
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

local task = load_task(ARGV[1], ARGV[2])
if not task then return { 'missing' } end
local at = now_ms()

if task.claim == tonumber(ARGV[3]) and task.upstream_task_id == ARGV[4] then
  local submitted_at = time_of(task, 'submitted') -- the same write, sent again after a reconnect
  return { 'ok', string.format('%.0f', submitted_at), finish_by(task, submitted_at) }
end
if task.status ~= 'submitting' or task.claim ~= tonumber(ARGV[3]) then
  if task.late_upstream_task_id == ARGV[4] then return { 'late', task.status } end
  index_late_id(task, ARGV[4])
  keep_earlier_late_id(task)
  redis.call('HSET', task.key, 'late_upstream_task_id', ARGV[4],
    'timeline', timeline_with(task, at, 'late_answer', ARGV[4]))
  return { 'late', task.status }
end

local changes = { 'upstream_task_id', ARGV[4] }
add_field(changes, 'request_id', ARGV[5])
add_field(changes, 'kind', ARGV[7])
move(task, 'submitted', at, changes, ARGV[4])
-- Nobody asks for a claim that has ended well, and no job wakes the task any more.
redis.call('HDEL', task.key, 'claim_worker', 'claim_token', 'claim_at', 'wake_job')
enter_upstream_id(task, ARGV[4])
redis.call('ZREM', under(task.tag, 'open'), task.id)
redis.call('ZADD', under(task.tag, 'polls'), at + ARGV[6], task.id)
add_event(task, at, ARGV[8])
return { 'ok', string.format('%.0f', at), finish_by(task, at) }
