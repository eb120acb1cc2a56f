--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
--@include lib/unknown
-- outcome_unknown: the one who holds the claim does not know whether the upstream took the task.
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] claim  [4] error json  [5] detail  [6] retention ms  [7] payload retention ms
-- ARGV[8] id of the job that is to wake it if it is queued again  [9] id of the job that is to deliver its end
-- returns {"requeued"} | {"failed"} | {"stale", status} | {"missing"}

local task = load_task(ARGV[1], ARGV[2])
if not task then return { 'missing' } end
if task.status ~= 'submitting' or task.claim ~= tonumber(ARGV[3]) then return { 'stale', task.status } end
local keep = { retention_ms = tonumber(ARGV[6]), payload_retention_ms = tonumber(ARGV[7]) }
local outcome = settle_unknown(task, now_ms(), ARGV[4], keep, ARGV[5], ARGV[9])
if outcome == 'requeued' then redis.call('HSET', task.key, 'wake_job', ARGV[8]) end
return { outcome }
