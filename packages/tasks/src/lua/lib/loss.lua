-- Steps of a task that lost their worker. BullMQ's own count is never reset, so the times stand in the record.

local LOSSES_WITHIN_MS = 600000
local MOST_LOSSES = 10

-- Counts one more, if `is_new`, and answers how many there were in the last ten minutes. `further` is a flat list of
-- fields to be written with it.
local function count_loss(key, at, is_new, further)
  local kept = {}
  for time in (redis.call('HGET', key, 'crashes') or ''):gmatch('%d+') do
    if at - tonumber(time) < LOSSES_WITHIN_MS then kept[#kept + 1] = time end
  end
  if is_new then
    kept[#kept + 1] = string.format('%.0f', at)
    if #kept > MOST_LOSSES then table.remove(kept, 1) end
    redis.call('HSET', key, 'crashes', table.concat(kept, ','), unpack(further))
  end
  return #kept
end
