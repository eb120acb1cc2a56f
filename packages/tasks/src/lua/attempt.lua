--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
-- attempt: record one delivery attempt, before its job is delayed.
-- KEYS[1] task record
-- ARGV[1] tag  [2] task id  [3] event  [4] round  [5] state after it (pending|delivered|exhausted)
-- ARGV[6] ms until the next one (pending)  [7] attempt, a line of its log  [8] retention ms  [9] its nonce
-- ARGV[10] the address that said that it is gone for good (410), or ''
-- returns {"ok"} | {"stale"} (another round, or ended: only logged) | {"missing"}

local LOG_LINES = 60

local tag, id, event, state = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local word = word_of(event)
local task = load_task(tag, id)
local delivery = task and delivery_from(task['delivery.' .. word], task.created_at)
if not delivery then return { 'missing' } end
if delivery.nonce == ARGV[9] then return { 'ok' } end -- the same write, sent again after a reconnect

local log_field = 'attempts.' .. word
local log = task[log_field] or ''
local _, lines = log:gsub('\n', '\n')
if lines >= LOG_LINES then log = log:gsub('^[^\n]*\n', '', 1) end
log = log .. ARGV[7] .. '\n'

-- A redelivery overtook it. It was made all the same, so it is told; it decides nothing.
if delivery.state ~= 'pending' or delivery.round ~= tonumber(ARGV[4]) then
  if not task.erased_at then redis.call('HSET', KEYS[1], log_field, log) end
  return { 'stale' }
end

local at = now_ms()
delivery.state = state
delivery.attempts = delivery.attempts + 1
delivery.next_at = at + ARGV[6]
delivery.nonce = ARGV[9]
delivery.job = nil -- the next one is made by the delivery's own
redis.call('HSET', KEYS[1], 'delivery.' .. word, with_delivery(task, word, delivery), log_field, log)

local member = id .. ' ' .. event
if state == 'pending' then
  redis.call('ZADD', under(tag, 'undelivered'), at + LOOK_AFTER_MS, member)
  return { 'ok' }
end

redis.call('ZREM', under(tag, 'undelivered'), member)
-- A default endpoint that is gone is not called again until its caller sets one; a task's own address concerns that task.
if ARGV[10] ~= '' and not task.webhook_url then
  local caller = under(tag, 'caller', task.caller)
  if redis.call('HGET', caller, 'webhook_url') == ARGV[10] then
    redis.call('HSET', caller, 'webhook_disabled_at', string.format('%.0f', at))
  end
end
if state == 'exhausted' then
  redis.call('ZADD', under(tag, 'caller', task.caller, 'exhausted'), task.created_at, member)
end
if task.finished_at and not has_pending(task) then start_retention(task, tonumber(ARGV[8])) end
return { 'ok' }
