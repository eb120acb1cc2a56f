--@include lib/task
--@include lib/index
--@include lib/each
-- create: accept a task, once. `not_after` is unix ms, `key` the sha256 of its Idempotency-Key or '', `request` the hash of
-- the request or '', `payload` as in payload.ts, `most_queued` how many tasks the caller may have queued or '', `wake_job`
-- the id of the job that is to wake it; then the record's fields, flat.
-- answers {"ok", created_at} | {"replayed", id} | {"reused", id} | {"full", queued} | {"late"}

-- In bytes. Up to this a payload stands in the record, where it costs no key; well under hash-max-listpack-value.
local SMALL_PAYLOAD = 700

-- What this run has made: the ids in this order, and those of each caller.
local made, made_of = {}, {}

-- Behind a record that is written no fault may say that it is not: what cannot be written is told in Redis' log, and by
-- whoever reads it next.
local function write_or_log(what, write, ...)
  local done, why = pcall(write, ...)
  if not done then redis.log(redis.LOG_WARNING, 'reelay: cannot write ' .. what .. ': ' .. failure(why).err) end
end

local function create(id, caller, not_after, key, request, payload, most_queued, wake_job, ...)
  local record = under('task', id)
  -- The id is random and made before the write: if it is there, this is the same write, sent again after a reconnect.
  if redis.call('EXISTS', record) == 1 then return { 'ok', redis.call('HGET', record, 'created_at') } end

  local idem = under('idem', caller, key)
  if key ~= '' then
    local held = redis.call('GET', idem)
    if held then
      local task_id, hash = held:match('^(%S+) (%S+)$')
      return { hash == request and 'replayed' or 'reused', task_id }
    end
  end

  local at = now_ms()
  if at > tonumber(not_after) then return { 'late' } end
  if most_queued ~= '' then
    local queued = tonumber(redis.call('GET', under('caller', caller, 'queued')) or 0) + #(made_of[caller] or {})
    if queued >= tonumber(most_queued) then return { 'full', queued } end
  end

  local created_at = string.format('%.0f', at)
  local fields = { ... }
  if #payload <= SMALL_PAYLOAD then
    add_field(fields, 'payload', payload)
  else
    redis.call('SET', under('payload', id), payload)
  end
  redis.call('HSET', record, 'status', 'queued', 'caller', caller, 'created_at', created_at,
    'claim', 0, 'sequence', 1, 'wake_job', wake_job, unpack(fields))
  made[#made + 1] = id
  made_of[caller] = made_of[caller] or {}
  table.insert(made_of[caller], id)
  write_or_log('events of ' .. caller, tell, { id = id, caller = caller }, '1 ' .. created_at .. ' queued')
  if key ~= '' then
    redis.call('HSET', record, 'idem', key)
    redis.call('SET', idem, id .. ' ' .. request)
  end
  return { 'ok', created_at }
end

-- Counts and indexes what was made, all of it together: one by one it costs three times as much. The tasks are accepted,
-- whatever is damaged, and nothing that is keeps another from its own.
local function index_made()
  if #made == 0 then return end
  for caller, ids in pairs(made_of) do
    write_or_log('queue count of ' .. caller, redis.call, 'INCRBY', under('caller', caller, 'queued'), #ids)
  end
  local looks = {}
  for i, id in ipairs(made) do
    looks[2 * i - 1], looks[2 * i] = now_ms() + LOOK_AFTER_MS, id
  end
  write_or_log('index open', redis.call, 'ZADD', under('open'), unpack(looks))
  write_or_log('index tasks', enter, under('tasks'), now_ms(), made)
  for caller, ids in pairs(made_of) do
    write_or_log('index tasks of ' .. caller, enter, under('caller', caller, 'tasks'), now_ms(), ids)
  end
end

return each(create, index_made)
