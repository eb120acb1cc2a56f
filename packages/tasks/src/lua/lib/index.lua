-- Indexes of tasks, walked from the newest to the oldest. What every task enters when it is made is a stream, a third of a
-- zset's bytes; what few enter, and later, is a zset by creation. A position says exactly where a walk goes on, whether its
-- entry is still there or not: "<ms>-<number>" in a stream, "<ms>-<number>/<nth>" behind the nth newest of an entry's tasks,
-- "<ms> <member>" in a zset.

-- An entry of a stream holds the tasks that entered together, oldest first: what their ids begin with is its field, and the
-- rests stand in a row in its value (index-entry.ts reads them too). A stream keeps a field once as long as it stays the
-- same: ids made within four hours begin with the same nine.
local NAME_LENGTH = 9
local REST_LENGTH = 18
local STEPS = 8

local function is_stream(index)
  return redis.call('TYPE', index).ok == 'stream'
end

-- When Redis' clock was set back the entry goes behind the last one all the same. Its place is then later than its creation.
local function add_entry(index, at, name, rests)
  local added = redis.pcall('XADD', index, string.format('%.0f-*', at), name, rests)
  if added.err then redis.call('XADD', index, '*', name, rests) end
end

local function enter(index, at, ids)
  local name, rests = nil, ''
  for _, id in ipairs(ids) do
    local begins = id:sub(1, NAME_LENGTH)
    if name and name ~= begins then
      add_entry(index, at, name, rests)
      rests = ''
    end
    name, rests = begins, rests .. id:sub(NAME_LENGTH + 1)
  end
  if name then add_entry(index, at, name, rests) end
end

-- The tasks of a stream's entry, newest first.
local function members_of(fields)
  local name, rests = unpack(fields)
  if #rests <= REST_LENGTH then return { name .. rests } end
  local members = {}
  for last = #rests, REST_LENGTH, -REST_LENGTH do
    members[#members + 1] = name .. rests:sub(last - REST_LENGTH + 1, last)
  end
  return members
end

local function ms_of(time)
  return string.format('%.0f', math.max(0, time))
end

-- Read in steps, as nobody knows how many members an entry has. It ends with a whole entry, and so may be longer than `most`.
local function stream_part(index, from, after, before, most)
  local within, seen = from:match('^(%S+)/(%d+)$')
  local newest = within or from ~= '' and '(' .. from or before ~= '' and ms_of(before - 1) or '+'
  local oldest = after ~= '' and ms_of(after + 1) or '-'
  local part, step, entries = {}, math.ceil(most / STEPS), nil
  repeat
    entries = redis.call('XREVRANGE', index, newest, oldest, 'COUNT', step)
    for _, entry in ipairs(entries) do
      local place, members = entry[1], members_of(entry[2])
      for nth = place == within and seen + 1 or 1, #members do
        local position = nth < #members and place .. '/' .. nth or place
        part[#part + 1] = { position = position, member = members[nth], place = place, among = #members }
      end
      newest = '(' .. place
      if #part >= most then break end
    end
  until #part >= most or #entries < step
  return part
end

-- Members of one millisecond are ordered by themselves: what was before the position in its own is read, and left out.
local function zset_part(index, from, after, before, most)
  local at, last = from:match('^(%S+) (.*)$')
  local newest = at or before ~= '' and '(' .. before or '+inf'
  local oldest = after ~= '' and '(' .. after or '-inf'
  local ties = at and redis.call('ZCOUNT', index, at, at) or 0
  local flat = redis.call('ZREVRANGEBYSCORE', index, newest, oldest, 'WITHSCORES', 'LIMIT', 0, most + ties)
  local part = {}
  for i = 1, #flat, 2 do
    local member, score = flat[i], flat[i + 1]
    if #part < most and not (score == at and member >= last) then
      part[#part + 1] = { position = score .. ' ' .. member, member = member }
    end
  end
  return part
end

-- The members behind a position ('': from the newest on), as { position, member }; fewer than `most` only at the end of the
-- index. `after` and `before` are unix milliseconds, both ends left out, or ''.
local function read_part(index, from, after, before, most)
  return (is_stream(index) and stream_part or zset_part)(index, from, after, before, most)
end

-- Of members that read_part gave, from the beginning of an entry on. A stream's entry goes when all that it holds are taken
-- out. An index that has become empty is gone.
local function take_out(index, members)
  local is_in_stream, left, names = is_stream(index), {}, {}
  for _, one in ipairs(members) do
    local name = is_in_stream and one.place or one.member
    left[name] = (left[name] or one.among or 1) - 1
    if left[name] == 0 then names[#names + 1] = name end
  end
  if #names == 0 then return end
  redis.call(is_in_stream and 'XDEL' or 'ZREM', index, unpack(names))
  if is_in_stream and redis.call('XLEN', index) == 0 then redis.call('DEL', index) end
end
