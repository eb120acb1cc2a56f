-- Indexes of tasks, walked from the newest to the oldest. What every task enters when it is made is a stream, a third of a
-- zset's bytes; what few enter, and later, is a zset by creation. A position says exactly where a walk goes on, whether its
-- entry is still there or not: "<ms>-<number>" in a stream, "<ms> <member>" in a zset.

-- A stream keeps a field's name once as long as it stays the same: ids made within four hours begin with the same nine.
local NAME_LENGTH = 9

local function is_stream(index)
  return redis.call('TYPE', index).ok == 'stream'
end

-- When Redis' clock was set back the entry goes behind the last one all the same. Its place is then later than its creation.
local function enter(index, at, id)
  local name, rest = id:sub(1, NAME_LENGTH), id:sub(NAME_LENGTH + 1)
  local entered = redis.pcall('XADD', index, string.format('%.0f-*', at), name, rest)
  if entered.err then redis.call('XADD', index, '*', name, rest) end
end

local function ms_of(time)
  return string.format('%.0f', math.max(0, time))
end

local function stream_part(index, from, after, before, most)
  local newest = from ~= '' and '(' .. from or before ~= '' and ms_of(before - 1) or '+'
  local oldest = after ~= '' and ms_of(after + 1) or '-'
  local part = redis.call('XREVRANGE', index, newest, oldest, 'COUNT', most)
  for i, entry in ipairs(part) do part[i] = { position = entry[1], member = table.concat(entry[2]) } end
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

-- At most `most` entries behind a position ('': from the newest on), as { position, member }. `after` and `before` are unix
-- milliseconds, both ends left out, or ''.
local function read_part(index, from, after, before, most)
  return (is_stream(index) and stream_part or zset_part)(index, from, after, before, most)
end

-- An index that has become empty is gone.
local function take_out(index, entries)
  if #entries == 0 then return end
  local is_in_stream, names = is_stream(index), {}
  for i, entry in ipairs(entries) do names[i] = is_in_stream and entry.position or entry.member end
  redis.call(is_in_stream and 'XDEL' or 'ZREM', index, unpack(names))
  if is_in_stream and redis.call('XLEN', index) == 0 then redis.call('DEL', index) end
end
