--@include lib/task
--@include lib/index
-- list_tasks: one page of an index, newest first. It looks at a bounded number of entries, and begins by position, so a
-- page deep in a long index costs what the first one costs.
-- KEYS[1] index of tasks
-- ARGV[1] tag  [2] only later than this ms, or ''  [3] only earlier than this ms, or ''
-- ARGV[4] position of the last entry looked at before, or ''  [5] status, or ''  [6] model, or ''
-- ARGV[7] most tasks found  [8] most entries looked at
-- returns {position of the last entry looked at ('' at the end of the list), id, id, ...}

local PART = 101 -- one more than the longest page, which without filters then takes one read

local after, before, from, status, model = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local most, farthest = tonumber(ARGV[7]), tonumber(ARGV[8])

local function fits(id)
  local task = redis.call('HMGET', under('task', id), 'status', 'model')
  return task[1] and (status == '' or task[1] == status) and (model == '' or task[2] == model)
end

local found, looked = {}, 0
repeat
  local part = read_part(KEYS[1], from, after, before, PART)
  for _, entry in ipairs(part) do
    if #found == most or looked == farthest then return { from, unpack(found) } end
    if fits(entry.member) then found[#found + 1] = entry.member end
    looked = looked + 1
    from = entry.position
  end
until #part < PART
return { '', unpack(found) }
