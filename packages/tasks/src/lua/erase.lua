--@include lib/task
--@include lib/delivery
--@include lib/upstream
--@include lib/finish
-- erase: take the content out of a final task for good. What is left, until its retention ends, says that there was a
-- task, how it ended and what it may have cost; it also keeps an Idempotency-Key that is used again from paying again.
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] result json without urls, or ''  [4] error json without its text, or ''
-- returns {"ok"} | {"open"} (not final) | {"pending"} (an event is still to be delivered) | {"missing"}

local tag, id = ARGV[1], ARGV[2]
local task = load_task(tag, id)
if not task then return { 'missing' } end
if task.erased_at then return { 'ok' } end
if not task.finished_at then return { 'open' } end
if has_pending(task) then return { 'pending' } end

-- The beginnings of the receivers' answers may hold anything. They stand last, behind six words (delivery-fields.ts).
local function without_heads(log)
  return (log:gsub('(%S+ %S+ %S+ %S+ %S+ %S+)[^\n]*', '%1'))
end

-- What a look at the task goes on telling follows from the timeline, which goes.
for _, word in ipairs({ 'submitted', 'running' }) do
  local at = time_of(task, word)
  if at then redis.call('HSET', KEYS[1], word .. '_at', string.format('%.0f', at)) end
end
redis.call('DEL', under(tag, 'payload', id))
redis.call('HDEL', KEYS[1], 'payload', 'metadata', 'webhook_url', 'timeline', 'traceparent')
redis.call('HSET', KEYS[1], 'erased_at', string.format('%.0f', now_ms()))
if task.result then redis.call('HSET', KEYS[1], 'result', ARGV[3]) end
if task.error then redis.call('HSET', KEYS[1], 'error', ARGV[4]) end
for _, word in ipairs(EVENTS) do
  local log = task['attempts.' .. word]
  if log then redis.call('HSET', KEYS[1], 'attempts.' .. word, without_heads(log)) end
  redis.call('ZREM', under(tag, 'caller', task.caller, 'exhausted'), id .. ' task.' .. word)
end
return { 'ok' }
