-- A POST whose outcome is not known. Needs lib/task and lib/finish.

-- Ends the claim: back to `queued` only if the caller asked for it and a resubmit is left, else `failed`.
-- `error_json` is the task's error for the second case, `deliver_job` the job that delivers it. Answers 'requeued' or 'failed'.
local function settle_unknown(task, at, error_json, keep, detail, deliver_job)
  local used = tonumber(task.resubmits or 0)
  if task.on_submit_unknown == 'resubmit' and used < tonumber(task.max_resubmits) then
    move(task, 'queued', at, { 'resubmits', used + 1, 'earlier_unknown', 1 }, 'submit_unknown ' .. detail)
    look_at(task, at + LOOK_AFTER_MS)
    return 'requeued'
  end
  finish(task, 'failed', at, { 'error', error_json }, keep, 'submit_unknown ' .. detail, deliver_job)
  return 'failed'
end
