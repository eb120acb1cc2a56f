--@include lib/task
-- find_in_flight: look for the task to which the upstream gave an id, among a part of those that it has now.
-- KEYS[1] submitted and running tasks
-- ARGV[1] tag  [2] cursor ('0' at the start)  [3] about how many to look at  [4] upstream task id  [5] caller, or ''
-- returns {cursor of the next part ('0' at the end), id or ''}

local part = redis.call('ZSCAN', KEYS[1], ARGV[2], 'COUNT', ARGV[3])
local found = ''
-- It looks at all of them, so that the time tells nothing about the tasks of others.
for i = 1, #part[2], 2 do
  local task = redis.call('HMGET', under(ARGV[1], 'task', part[2][i]), 'upstream_task_id', 'caller')
  if task[1] == ARGV[4] and (ARGV[5] == '' or task[2] == ARGV[5]) then found = part[2][i] end
end
return { part[1], found }
