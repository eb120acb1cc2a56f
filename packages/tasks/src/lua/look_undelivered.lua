--@include lib/task
--@include lib/delivery
-- look_undelivered: the same for pending deliveries.
-- KEYS[1] undelivered events by next look
-- ARGV[1] tag  [2] most deliveries
-- returns now, then per delivery: task id, event, round, next_at, the job that it shares with others ('' for its own)

local at = now_ms()
local found = { string.format('%.0f', at) }
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', at, 'LIMIT', 0, ARGV[2])) do
  local id, event = member:match('^(%S+) (%S+)$')
  id, event = id or member, event or ''
  local got = redis.call('HMGET', under('task', id), 'delivery.' .. word_of(event), 'created_at')
  local delivery = delivery_from(got[1], tonumber(got[2]) or at)
  if not got[1] or delivery and delivery.state ~= 'pending' then
    redis.call('ZREM', KEYS[1], member)
  else
    redis.call('ZADD', KEYS[1], at + LOOK_AFTER_MS, member)
  end
  if delivery and delivery.state == 'pending' then
    local next_at = string.format('%.0f', delivery.next_at)
    for _, item in ipairs({ id, event, delivery.round, next_at, delivery.job or '' }) do found[#found + 1] = item end
  end
end
return found
