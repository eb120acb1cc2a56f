--@include lib/task
-- trim_index: take out of a part of an index the members whose task is gone. Retention counts from later than the
-- creation by which the index is ordered, so only members that are older than it are looked at.
-- KEYS[1] index; a member begins with a task id
-- ARGV[1] tag  [2] rank of the first member to look at  [3] how many to look at  [4] retention ms
-- returns {looked at, taken out}

local gone = {}
local members = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now_ms() - ARGV[4], 'LIMIT', ARGV[2], ARGV[3])
for _, member in ipairs(members) do
  if redis.call('EXISTS', under(ARGV[1], 'task', member:match('^%S+'))) == 0 then gone[#gone + 1] = member end
end
if #gone > 0 then redis.call('ZREM', KEYS[1], unpack(gone)) end
return { #members, #gone }
