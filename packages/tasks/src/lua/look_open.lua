--@include lib/task
-- look_open: take a batch of open tasks whose look has come, and set their next look, so that several reconcilers can
-- work side by side. A member without a record is taken out; one that the upstream has is put where it belongs.
-- KEYS[1] open tasks by next look
-- ARGV[1] tag  [2] most tasks
-- returns now, then per task: id, status, claim, wake_job, start_by, priority, earlier_unknown ('' where unset)

local at = now_ms()
local found = { string.format('%.0f', at) }
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', at, 'LIMIT', 0, ARGV[2])) do
  local task = redis.call('HMGET', under('task', id), 'status', 'claim', 'wake_job', 'start_within', 'priority',
    'earlier_unknown', 'created_at')
  if task[1] and index_of(task[1]) == 'polls' then
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZADD', under('polls'), 'NX', at, id)
  elseif task[1] then
    redis.call('ZADD', KEYS[1], at + (task[1] == 'submitting' and LOOK_AT_CLAIM_MS or LOOK_AFTER_MS), id)
    task[4] = string.format('%.0f', (task[7] or 0) + (task[4] or USUAL_START_WITHIN_MS))
    found[#found + 1] = id
    for i = 1, 6 do found[#found + 1] = task[i] or '' end
  else
    redis.call('ZREM', KEYS[1], id)
  end
end
return found
