--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
--@include lib/unknown
--@include lib/each
-- settle_claim: somebody found `submitting` under a claim that is not theirs. The claim is settled as unknown only when
-- its worker's key was absent at two looks at least 3 s apart: a lock that ran out proves nothing (a frozen Redis lets
-- the locks of healthy workers run out). `claim` is the one that was seen, `wake_job` the id of the job that is to wake the
-- task if it is requeued or '' to leave it, `deliver_job` of the one that is to deliver its end.
-- answers {"alive"} | {"again"} (look again in 3 s) | {"requeued"} | {"failed"} | {"stale", status} | {"missing"}

local BETWEEN_LOOKS_MS = 3000

local function settle_claim(id, claim, error_json, retention_ms, payload_retention_ms, wake_job, deliver_job)
  local task = load_task(id)
  if not task then return { 'missing' } end
  if task.status ~= 'submitting' or task.claim ~= tonumber(claim) then return { 'stale', task.status } end

  local at = now_ms()
  if redis.call('EXISTS', under('worker', task.claim_worker)) == 1 then
    redis.call('HDEL', task.key, 'absent_at')
    return { 'alive' }
  end
  if not task.absent_at then
    redis.call('HSET', task.key, 'absent_at', string.format('%.0f', at))
    look_at(task, at + BETWEEN_LOOKS_MS)
    return { 'again' }
  end
  if at - tonumber(task.absent_at) < BETWEEN_LOOKS_MS then return { 'again' } end

  local keep = { retention_ms = tonumber(retention_ms), payload_retention_ms = tonumber(payload_retention_ms) }
  local outcome = settle_unknown(task, at, error_json, keep, 'worker_gone', deliver_job)
  if outcome == 'requeued' and wake_job ~= '' then redis.call('HSET', task.key, 'wake_job', wake_job) end
  return { outcome }
end

return each(settle_claim)
