--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
--@include lib/each
-- redeliver: begin a new round of a delivery, whatever became of the last one. Its webhook-id and body stay the same; an
-- event that nobody could be told of when it happened gets its first delivery.
-- answers {"ok", round} | {"missing"} (no such task, the event has not happened, or it is in a newer release's form)
--       | {"nowhere"} (no address) | {"erased"} (its body can no longer be made)

local function redeliver(id, event)
  local task = load_task(id)
  if not task then return { 'missing' } end
  if task.erased_at then return { 'erased' } end
  if not has_destination(task) then return { 'nowhere' } end

  local at = now_ms()
  local word = word_of(event)
  local delivery = delivery_from(task['delivery.' .. word], task.created_at)
  if not delivery then
    if task['delivery.' .. word] or not task.finished_at or word ~= task.status then return { 'missing' } end
    delivery = { version = BODY_VERSION, round = 0, sequence = task.sequence, at = task.finished_at, nonce = NO_NONCE }
  end
  delivery.state = 'pending'
  delivery.round = delivery.round + 1
  delivery.attempts = 0
  delivery.round_at = at
  delivery.next_at = at
  delivery.job = nil
  redis.call('HSET', task.key, 'delivery.' .. word, with_delivery(task, word, delivery))

  local member = id .. ' ' .. event
  redis.call('ZADD', under('undelivered'), at + LOOK_AFTER_MS, member)
  redis.call('ZREM', under('caller', task.caller, 'exhausted'), member)
  stop_retention(task)
  return { 'ok', delivery.round }
end

return each(redeliver)
