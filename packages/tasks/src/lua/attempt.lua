--@include lib/task
--@include lib/event
--@include lib/finish
-- attempt: record one delivery attempt, before its job is delayed.
-- KEYS[1] delivery
-- ARGV[1] tag  [2] task id  [3] event  [4] round  [5] state after it (pending|delivered|exhausted)
-- ARGV[6] ms until the next one (pending)  [7] attempt json  [8] retention ms  [9] its nonce
-- ARGV[10] the address that said that it is gone for good (410), or ''
-- returns {"ok"} | {"stale"} (another round, or ended: only logged) | {"missing"}

local LOG_LINES = 60

local tag, id, event, state = ARGV[1], ARGV[2], ARGV[3], ARGV[5]
local got = redis.call('HMGET', KEYS[1], 'state', 'round', 'attempts', 'log', 'nonce')
if not got[1] then return { 'missing' } end
if got[5] == ARGV[9] then return { 'ok' } end -- the same write, sent again after a reconnect

local log = got[4] or ''
local _, lines = log:gsub('\n', '\n')
if lines >= LOG_LINES then log = log:gsub('^[^\n]*\n', '', 1) end
log = log .. ARGV[7] .. '\n'

-- A redelivery overtook it. It was made all the same, so it is told; it decides nothing.
if got[1] ~= 'pending' or got[2] ~= ARGV[4] then
  if redis.call('HEXISTS', under(tag, 'task', id), 'erased_at') == 0 then redis.call('HSET', KEYS[1], 'log', log) end
  return { 'stale' }
end

local at = now_ms()
local next_at = at + tonumber(ARGV[6])
redis.call('HSET', KEYS[1], 'state', state, 'attempts', tonumber(got[3]) + 1, 'log', log,
  'next_at', string.format('%.0f', next_at), 'nonce', ARGV[9])

local member = id .. ' ' .. event
if state == 'pending' then
  redis.call('ZADD', under(tag, 'undelivered'), at + LOOK_AFTER_MS, member)
  return { 'ok' }
end

redis.call('ZREM', under(tag, 'undelivered'), member)
local task = load_task(tag, id)
if not task then return { 'ok' } end
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
local pending = redis.call('HINCRBY', task.key, 'pending_deliveries', -1)
if task.finished_at and pending <= 0 then start_retention(task, tonumber(ARGV[8])) end
return { 'ok' }
