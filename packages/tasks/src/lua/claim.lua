--@include lib/task
--@include lib/each
-- claim: write the intent to POST (queued -> submitting) under the next claim number, the fence, and hand out what is to
-- be sent: the record as it was before, flat, and the payload ('' when it stands in the record, or is too large to be
-- answered beside others). `job` is the id of the job that asks, `token` this run of it, `interval_ms` the least between
-- two submits (0: none).
-- answers {"ok", claim, record, payload} | {"held", claim, worker} (somebody else claimed it) | {"stale", status}
--       | {"missing"} | {"late", record} (start_within is over) | {"no_payload"}
--       | {"full", ms} | {"paced", ms} (not now: the queue is held for that long)

local CAP_HOLD_MS = 1000
local LARGEST_ANSWERED = 65536

-- submitJobId in packages/queues.
local function own_job(task)
  return string.format('%s-submit-%d', task.id, task.claim or 0)
end

local function payload_of(task)
  return task.payload or redis.call('GETRANGE', under('payload', task.id), 0, LARGEST_ANSWERED)
end

local function claimed(task, claim, payload)
  return { 'ok', claim, task.flat, not task.payload and #payload <= LARGEST_ANSWERED and payload or '' }
end

local function claim(id, job, worker, token, account, most_in_flight, interval_ms)
  local task = load_task(id)
  if not task then return { 'missing' } end

  -- The same run asks again: its command was sent twice over a reconnect.
  if task.status == 'submitting' and task.claim_token == token then return claimed(task, task.claim, payload_of(task)) end
  -- The job that the record names, which the task may share with others, or its own of the present claim.
  if task.wake_job ~= job and own_job(task) ~= job then return { 'stale', task.status } end
  if task.status == 'submitting' then return { 'held', task.claim, task.claim_worker } end
  if task.status ~= 'queued' then return { 'stale', task.status } end

  local at = now_ms()
  if at >= (task.created_at or 0) + (task.start_within or USUAL_START_WITHIN_MS) then return { 'late', task.flat } end

  -- A hold of the account that began after this job was fetched counts for it too.
  local held_until = tonumber(redis.call('HGET', under('account', account, 'hold'), 'until') or 0)
  if held_until > at then return { 'paced', held_until - at } end

  if tonumber(redis.call('GET', under('account', account, 'in_flight')) or 0) >= tonumber(most_in_flight) then
    hold_account(account, at, 'cap', CAP_HOLD_MS)
    return { 'full', CAP_HOLD_MS }
  end

  local payload = payload_of(task)
  if payload == '' then return { 'no_payload' } end

  local interval = tonumber(interval_ms)
  if interval > 0 then
    local pace = under('account', account, 'next_submit_at')
    local next_at = tonumber(redis.call('GET', pace) or 0)
    if next_at > at then
      hold_account(account, at, 'pace', next_at - at)
      return { 'paced', next_at - at }
    end
    redis.call('SET', pace, string.format('%.0f', at + interval), 'PX', interval * 2)
  end

  local number = task.claim + 1
  local changes = { 'claim', number, 'claim_worker', worker, 'claim_token', token, 'claim_at', string.format('%.0f', at) }
  -- Of an earlier claim.
  if task.absent_at or task.account ~= USUAL_ACCOUNT then redis.call('HDEL', task.key, 'absent_at', 'account') end
  add_field(changes, 'wake_job', task.wake_job == job and '' or job)
  add_field(changes, 'account', account == USUAL_ACCOUNT and '' or account)
  task.account = account
  move(task, 'submitting', at, changes)
  look_at(task, at + LOOK_AT_CLAIM_MS)
  return claimed(task, number, payload)
end

return each(claim)
