--@include lib/task
-- trim_index: take out of an index the oldest members whose task is gone (its retention is over, or it was erased).
-- KEYS[1] index; a member begins with a task id
-- ARGV[1] tag  [2] how many of the oldest to look at
-- returns how many were taken out

local gone = {}
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[2] - 1)) do
  if redis.call('EXISTS', under(ARGV[1], 'task', member:match('^%S+'))) == 0 then gone[#gone + 1] = member end
end
if #gone > 0 then redis.call('ZREM', KEYS[1], unpack(gone)) end
return #gone
