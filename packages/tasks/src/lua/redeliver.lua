--@include lib/task
--@include lib/event
--@include lib/finish
-- redeliver: begin a new round of a delivery, whatever became of the last one. Its webhook-id and body stay the same; an
-- event that nobody could be told of when it happened gets its first delivery.
-- KEYS[1] delivery
-- ARGV[1] tag  [2] task id  [3] event
-- returns {"ok", round} | {"missing"} (no such task, or the event has not happened) | {"nowhere"} (no address)
--       | {"erased"} (its body can no longer be made)

local tag, id, event = ARGV[1], ARGV[2], ARGV[3]
local task = load_task(tag, id)
if not task then return { 'missing' } end
if task.erased_at then return { 'erased' } end
if not has_destination(task) then return { 'nowhere' } end

local at = now_ms()
local now = string.format('%.0f', at)
local got = redis.call('HMGET', KEYS[1], 'state', 'round')
if not got[1] then
  if not task.finished_at or event ~= 'task.' .. task.status then return { 'missing' } end
  redis.call('HSET', KEYS[1], 'v', 1, 'sequence', task.sequence, 'at', task.finished_at)
end
local round = tonumber(got[2] or 0) + 1
redis.call('HSET', KEYS[1], 'state', 'pending', 'round', round, 'attempts', 0, 'round_at', now, 'next_at', now)
if got[1] ~= 'pending' then redis.call('HINCRBY', task.key, 'pending_deliveries', 1) end

local member = id .. ' ' .. event
redis.call('ZADD', under(tag, 'undelivered'), at + LOOK_AFTER_MS, member)
redis.call('ZREM', under(tag, 'caller', task.caller, 'exhausted'), member)
stop_retention(task)
return { 'ok', round }
