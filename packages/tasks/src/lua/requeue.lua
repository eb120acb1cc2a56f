--@include lib/task
--@include lib/each
-- requeue: give the claim back (submitting -> queued), because it is proven that nothing was sent, or the upstream said
-- 429. A new job wakes the task; the one that it was claimed under has ended. `why` is a word, `hold_ms` how long to hold
-- the account (0: not), `wake_job` the id of the job that is to wake it.
-- answers {"ok"} | {"stale", status} | {"missing"}

local function requeue(id, claim, why, hold_ms, wake_job)
  local task = load_task(id)
  if not task then return { 'missing' } end
  local at = now_ms()

  if tonumber(hold_ms) > 0 then hold_account(task.account, at, why, tonumber(hold_ms)) end

  if task.claim ~= tonumber(claim) then return { 'stale', task.status } end
  if task.status == 'queued' then return { 'ok' } end -- the same write, sent again after a reconnect
  if task.status ~= 'submitting' then return { 'stale', task.status } end
  move(task, 'queued', at, { 'wake_job', wake_job }, why)
  look_at(task, at + LOOK_AFTER_MS)
  return { 'ok' }
end

return each(requeue)
