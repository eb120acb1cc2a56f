--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
--@include lib/each
-- finish: write a final state once, with its event and pending delivery. `upstream_status` is the upstream's own word or '',
-- `deliver_job` the id of the job that delivers it; then further fields of the record, flat.
-- answers {"ok"} | {"stale", status} (settled meanwhile, another claim, or no such move) | {"missing"}

local function finish_one(id, claim, status, retention_ms, payload_retention_ms, detail, upstream_status, deliver_job, ...)
  local task = load_task(id)
  if not task then return { 'missing' } end
  if task.claim ~= tonumber(claim) then return { 'stale', task.status } end
  local changes = { ... }
  -- The usual word is left out, unless it has to take the place of another one.
  local is_usual = status == 'succeeded' and upstream_status == USUAL_SUCCEEDED and not task.upstream_status
  add_field(changes, 'upstream_status', is_usual and '' or upstream_status)
  local keep = { retention_ms = tonumber(retention_ms), payload_retention_ms = tonumber(payload_retention_ms) }
  if not finish(task, status, now_ms(), changes, keep, detail, deliver_job) then return { 'stale', task.status } end
  return { 'ok' }
end

return each(finish_one)
