--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
--@include lib/each
-- attempt: record one delivery attempt, before its job is delayed. `state` is the delivery's after it
-- (pending|delivered|exhausted), `again_ms` the time until the next one (pending), `line` its line in the log, `nonce` the
-- attempt's, `gone` the address that said that it is gone for good (410) or ''.
-- answers {"ok"} | {"stale"} (another round, or ended: only logged) | {"missing"}

local LOG_LINES = 60

local function log_with(log, line)
  local _, lines = log:gsub('\n', '\n')
  if lines >= LOG_LINES then log = log:gsub('^[^\n]*\n', '', 1) end
  return log .. line .. '\n'
end

-- A default endpoint that is gone is not called again until its caller sets one; a task's own address concerns that task.
local function disable_default(task, gone, at)
  if gone == '' or task.webhook_url then return end
  local caller = under('caller', task.caller)
  if redis.call('HGET', caller, 'webhook_url') == gone then
    redis.call('HSET', caller, 'webhook_disabled_at', string.format('%.0f', at))
  end
end

local function attempt(id, event, round, state, again_ms, line, retention_ms, nonce, gone)
  local word = word_of(event)
  local task = load_task(id)
  local delivery = task and delivery_from(task['delivery.' .. word], task.created_at)
  if not delivery then return { 'missing' } end
  if delivery.nonce == nonce then return { 'ok' } end -- the same write, sent again after a reconnect

  local log_field = 'attempts.' .. word
  local log = log_with(task[log_field] or '', line)

  -- A redelivery overtook it. It was made all the same, so it is told; it decides nothing.
  if delivery.state ~= 'pending' or delivery.round ~= tonumber(round) then
    if not task.erased_at then redis.call('HSET', task.key, log_field, log) end
    return { 'stale' }
  end

  local at = now_ms()
  delivery.state = state
  delivery.attempts = delivery.attempts + 1
  delivery.next_at = at + again_ms
  delivery.nonce = nonce
  delivery.job = nil -- the next one is made by the delivery's own
  redis.call('HSET', task.key, 'delivery.' .. word, with_delivery(task, word, delivery), log_field, log)

  local member = id .. ' ' .. event
  if state == 'pending' then
    redis.call('ZADD', under('undelivered'), at + LOOK_AFTER_MS, member)
    return { 'ok' }
  end

  redis.call('ZREM', under('undelivered'), member)
  disable_default(task, gone, at)
  if state == 'exhausted' then
    redis.call('ZADD', under('caller', task.caller, 'exhausted'), task.created_at, member)
  end
  if task.finished_at and not has_pending(task) then start_retention(task, tonumber(retention_ms)) end
  return { 'ok' }
end

return each(attempt)
