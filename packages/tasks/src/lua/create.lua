--@include lib/task
--@include lib/index
-- create: accept a task, once.
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] caller  [4] not after (unix ms)
-- ARGV[5] idempotency key's sha256, or ''  [6] hash of the request, or ''  [7] payload (payload.ts)
-- ARGV[8] most tasks that the caller may have queued, or ''  [9] id of the job that is to wake it  [10..] record fields, flat
-- returns {"ok", created_at} | {"replayed", id} | {"reused", id} | {"full", queued} | {"late"}

-- In bytes. Up to this a payload stands in the record, where it costs no key; well under hash-max-listpack-value.
local SMALL_PAYLOAD = 700

local tag, id, caller, idem, payload = ARGV[1], ARGV[2], ARGV[3], ARGV[5], ARGV[7]

-- The id is random and made before the write: if it is there, this is the same write, sent again after a reconnect.
if redis.call('EXISTS', KEYS[1]) == 1 then return { 'ok', redis.call('HGET', KEYS[1], 'created_at') } end

local idem_key = under(tag, 'idem', caller, idem)
if idem ~= '' then
  local held = redis.call('GET', idem_key)
  if held then
    local task_id, hash = held:match('^(%S+) (%S+)$')
    return { hash == ARGV[6] and 'replayed' or 'reused', task_id }
  end
end

local at = now_ms()
if at > tonumber(ARGV[4]) then return { 'late' } end
if ARGV[8] ~= '' then
  local queued = tonumber(redis.call('GET', under(tag, 'caller', caller, 'queued')) or 0)
  if queued >= tonumber(ARGV[8]) then return { 'full', queued } end
end

local created_at = string.format('%.0f', at)
local task = { tag = tag, id = id, caller = caller }
count_queued(task, 'queued')
local fields = { unpack(ARGV, 10) }
if #payload <= SMALL_PAYLOAD then
  fields[#fields + 1] = 'payload'
  fields[#fields + 1] = payload
else
  redis.call('SET', under(tag, 'payload', id), payload)
end
redis.call('HSET', KEYS[1], 'status', 'queued', 'caller', caller, 'created_at', created_at,
  'claim', 0, 'sequence', 1, 'wake_job', ARGV[9], unpack(fields))
tell(task, '1 ' .. created_at .. ' queued')
redis.call('ZADD', under(tag, 'open'), at + LOOK_AFTER_MS, id)
enter(under(tag, 'tasks'), at, id)
enter(under(tag, 'caller', caller, 'tasks'), at, id)
if idem ~= '' then
  redis.call('HSET', KEYS[1], 'idem', idem)
  redis.call('SET', idem_key, id .. ' ' .. ARGV[6])
end
return { 'ok', created_at }
