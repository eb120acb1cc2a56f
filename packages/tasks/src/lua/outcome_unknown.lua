--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
--@include lib/unknown
--@include lib/each
-- outcome_unknown: the one who holds the claim does not know whether the upstream took the task. `wake_job` is the id of
-- the job that is to wake it if it is queued again, `deliver_job` of the one that is to deliver its end.
-- answers {"requeued"} | {"failed"} | {"stale", status} | {"missing"}

local function outcome_unknown(id, claim, error_json, detail, retention_ms, payload_retention_ms, wake_job, deliver_job)
  local task = load_task(id)
  if not task then return { 'missing' } end
  if task.status ~= 'submitting' or task.claim ~= tonumber(claim) then return { 'stale', task.status } end
  local keep = { retention_ms = tonumber(retention_ms), payload_retention_ms = tonumber(payload_retention_ms) }
  local outcome = settle_unknown(task, now_ms(), error_json, keep, detail, deliver_job)
  if outcome == 'requeued' then redis.call('HSET', task.key, 'wake_job', wake_job) end
  return { outcome }
end

return each(outcome_unknown)
