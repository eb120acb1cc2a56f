--@include lib/task
--@include lib/delivery
--@include lib/upstream
--@include lib/finish
--@include lib/each
-- erase: take the content out of a final task for good. What is left, until its retention ends, says that there was a
-- task, how it ended and what it may have cost; it also keeps an Idempotency-Key that is used again from paying again.
-- `result` is the record's without urls or '', `error_json` its error without its text or ''.
-- answers {"ok"} | {"open"} (not final) | {"pending"} (an event is still to be delivered) | {"missing"}

-- The beginnings of the receivers' answers may hold anything. They stand last, behind six words (delivery-fields.ts).
local function without_heads(log)
  return (log:gsub('(%S+ %S+ %S+ %S+ %S+ %S+)[^\n]*', '%1'))
end

local function erase(id, result, error_json)
  local task = load_task(id)
  if not task then return { 'missing' } end
  if task.erased_at then return { 'ok' } end
  if not task.finished_at then return { 'open' } end
  if has_pending(task) then return { 'pending' } end

  -- What a look at the task goes on telling follows from the timeline, which goes.
  for _, word in ipairs({ 'submitted', 'running' }) do
    local at = time_of(task, word)
    if at then redis.call('HSET', task.key, word .. '_at', string.format('%.0f', at)) end
  end
  redis.call('DEL', under('payload', id))
  redis.call('HDEL', task.key, 'payload', 'metadata', 'webhook_url', 'timeline', 'traceparent')
  redis.call('HSET', task.key, 'erased_at', string.format('%.0f', now_ms()))
  if task.result then redis.call('HSET', task.key, 'result', result) end
  if task.error then redis.call('HSET', task.key, 'error', error_json) end
  for _, word in ipairs(EVENTS) do
    local log = task['attempts.' .. word]
    if log then redis.call('HSET', task.key, 'attempts.' .. word, without_heads(log)) end
    redis.call('ZREM', under('caller', task.caller, 'exhausted'), id .. ' task.' .. word)
  end
  return { 'ok' }
end

return each(erase)
