--@include lib/task
--@include lib/delivery
--@include lib/event
-- running: the upstream was seen generating (submitted -> running).
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] claim  [4] the upstream's own word  [5] id of the job that delivers it, or ''
-- returns {"ok"} | {"stale", status} | {"missing"}

local task = load_task(ARGV[1], ARGV[2])
if not task then return { 'missing' } end
if task.claim ~= tonumber(ARGV[3]) then return { 'stale', task.status } end
if task.status == 'running' then return { 'ok' } end
local at = now_ms()
local changes = {}
add_field(changes, 'upstream_status', ARGV[4] == USUAL_RUNNING and '' or ARGV[4])
if not move(task, 'running', at, changes) then
  return { 'stale', task.status }
end
add_event(task, at, ARGV[5])
return { 'ok' }
