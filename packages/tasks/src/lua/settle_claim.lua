--@include lib/task
--@include lib/delivery
--@include lib/event
--@include lib/upstream
--@include lib/finish
--@include lib/unknown
-- settle_claim: somebody found `submitting` under a claim that is not theirs. The claim is settled as unknown only when
-- its worker's key was absent at two looks at least 3 s apart: a lock that ran out proves nothing (a frozen Redis lets
-- the locks of healthy workers run out).
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] claim that was seen  [4] error json  [5] retention ms  [6] payload retention ms
-- ARGV[7] id of the job that is to wake the task if it is requeued, or '' to leave it  [8] that is to deliver its end
-- returns {"alive"} | {"again"} (look again in 3 s) | {"requeued"} | {"failed"} | {"stale", status} | {"missing"}

local BETWEEN_LOOKS_MS = 3000

local tag = ARGV[1]
local task = load_task(tag, ARGV[2])
if not task then return { 'missing' } end
if task.status ~= 'submitting' or task.claim ~= tonumber(ARGV[3]) then return { 'stale', task.status } end

local at = now_ms()
if redis.call('EXISTS', under(tag, 'worker', task.claim_worker)) == 1 then
  redis.call('HDEL', task.key, 'absent_at')
  return { 'alive' }
end
if not task.absent_at then
  redis.call('HSET', task.key, 'absent_at', string.format('%.0f', at))
  look_at(task, at + BETWEEN_LOOKS_MS)
  return { 'again' }
end
if at - tonumber(task.absent_at) < BETWEEN_LOOKS_MS then return { 'again' } end

local keep = { retention_ms = tonumber(ARGV[5]), payload_retention_ms = tonumber(ARGV[6]) }
local outcome = settle_unknown(task, at, ARGV[4], keep, 'worker_gone', ARGV[8])
if outcome == 'requeued' and ARGV[7] ~= '' then redis.call('HSET', task.key, 'wake_job', ARGV[7]) end
return { outcome }
