--@include lib/task
--@include lib/index
-- trim_index: take out of a part of an index the entries whose task is gone. Retention counts from later than the
-- creation by which the index is ordered, so only entries that are older than it are looked at.
-- KEYS[1] index; a member begins with a task id
-- ARGV[1] tag  [2] position of the last entry looked at before, or ''  [3] how many to look at  [4] retention ms
-- returns position of the last entry looked at, '' at the end of the index

local most = tonumber(ARGV[3])
local part = read_part(KEYS[1], ARGV[2], '', now_ms() - ARGV[4], most)
local gone = {}
for _, entry in ipairs(part) do
  if redis.call('EXISTS', under('task', entry.member:match('^%S+'))) == 0 then gone[#gone + 1] = entry end
end
take_out(KEYS[1], gone)
return #part >= most and part[#part].position or ''
