--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/each
-- running: the upstream was seen generating (submitted -> running). `upstream_status` is its own word, `deliver_job` the id
-- of the job that delivers it, or ''.
-- answers {"ok"} | {"stale", status} | {"missing"}

local function running(id, claim, upstream_status, deliver_job)
  local task = load_task(id)
  if not task then return { 'missing' } end
  if task.claim ~= tonumber(claim) then return { 'stale', task.status } end
  if task.status == 'running' then return { 'ok' } end
  local at = now_ms()
  local changes = {}
  add_field(changes, 'upstream_status', upstream_status == USUAL_RUNNING and '' or upstream_status)
  if not move(task, 'running', at, changes) then return { 'stale', task.status } end
  add_event(task, at, deliver_job)
  return { 'ok' }
end

return each(running)
