--@include lib/task
-- count_crash: a step of this task lost its worker. BullMQ's own count is never reset, so the times stand here.
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] mark: the job's id and how often it was taken over; the same mark counts once
-- returns {"ok", losses in the last ten minutes} | {"missing"}

local WITHIN_MS = 600000
local MOST = 10

local task = load_task(ARGV[1], ARGV[2])
if not task then return { 'missing' } end
local at = now_ms()
local kept = {}
for time in (task.crashes or ''):gmatch('%d+') do
  if at - tonumber(time) < WITHIN_MS then kept[#kept + 1] = time end
end
if task.crash_mark ~= ARGV[3] then
  kept[#kept + 1] = string.format('%.0f', at)
  if #kept > MOST then table.remove(kept, 1) end
  redis.call('HSET', KEYS[1], 'crashes', table.concat(kept, ','), 'crash_mark', ARGV[3])
end
return { 'ok', #kept }
