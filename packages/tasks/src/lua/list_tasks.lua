--@include lib/task
-- list_tasks: one page of an index, newest first. It looks at a bounded number of members, wherever it begins: every step
-- is by rank, so a page deep in a long index costs what the first one costs.
-- KEYS[1] index of task ids by creation (unix ms)
-- ARGV[1] tag  [2] only later than this ms, or ''  [3] only earlier than this ms, or ''
-- ARGV[4] creation of the last member looked at before, or ''  [5] that member; it may be gone by now
-- ARGV[6] status, or ''  [7] model, or ''  [8] most tasks found  [9] most members looked at
-- returns {more (1|0), creation, member (the last one looked at), id, id, ...}

local PART = 100

local tag, after, from, from_id, status, model = ARGV[1], ARGV[2], ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local most, farthest = tonumber(ARGV[8]), tonumber(ARGV[9])

local max = from ~= '' and from or (ARGV[3] ~= '' and '(' .. ARGV[3] or '+inf')
local min = after ~= '' and '(' .. after or '-inf'
local first = redis.call('ZREVRANGEBYSCORE', KEYS[1], max, min, 'LIMIT', 0, 1)[1]
if not first then return { 0, from, from_id } end
local rank = redis.call('ZREVRANK', KEYS[1], first)

-- Several tasks may have been made in one millisecond: within it the index is ordered by the member.
local place = from ~= '' and redis.call('ZREVRANK', KEYS[1], from_id)
if place then rank = place + 1 end

local function fits(id)
  local task = redis.call('HMGET', under(tag, 'task', id), 'status', 'model')
  return task[1] and (status == '' or task[1] == status) and (model == '' or task[2] == model)
end

local found, looked = {}, 0
while true do
  local part = redis.call('ZREVRANGE', KEYS[1], rank, rank + PART - 1, 'WITHSCORES')
  for i = 1, #part, 2 do
    local id, created_at = part[i], part[i + 1]
    if after ~= '' and tonumber(created_at) <= tonumber(after) then return { 0, from, from_id, unpack(found) } end
    -- Seen before the position, whose own member has been trimmed since.
    if not (created_at == from and id >= from_id) then
      if #found == most or looked == farthest then return { 1, from, from_id, unpack(found) } end
      if fits(id) then found[#found + 1] = id end
      looked = looked + 1
      from, from_id = created_at, id
    end
  end
  if #part < PART * 2 then return { 0, from, from_id, unpack(found) } end
  rank = rank + PART
end
