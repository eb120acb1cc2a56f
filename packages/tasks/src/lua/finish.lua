--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
-- finish: write a final state once, with its event and pending delivery.
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] claim  [4] status  [5] retention ms  [6] payload retention ms  [7] detail
-- ARGV[8] the upstream's own word, or ''  [9] id of the job that delivers it  [10..] further record fields, flat
-- returns {"ok"} | {"stale", status} (settled meanwhile, another claim, or no such move) | {"missing"}

local task = load_task(ARGV[1], ARGV[2])
if not task then return { 'missing' } end
if task.claim ~= tonumber(ARGV[3]) then return { 'stale', task.status } end
local changes = { unpack(ARGV, 10) }
-- The usual word is left out, unless it has to take the place of another one.
local is_usual = ARGV[4] == 'succeeded' and ARGV[8] == USUAL_SUCCEEDED and not task.upstream_status
add_field(changes, 'upstream_status', is_usual and '' or ARGV[8])
local keep = { retention_ms = tonumber(ARGV[5]), payload_retention_ms = tonumber(ARGV[6]) }
if not finish(task, ARGV[4], now_ms(), changes, keep, ARGV[7], ARGV[9]) then return { 'stale', task.status } end
return { 'ok' }
