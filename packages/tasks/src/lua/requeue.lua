--@include lib/task
-- requeue: give the claim back (submitting -> queued), because it is proven that nothing was sent, or the upstream said
-- 429. A new job wakes the task; the one that it was claimed under has ended.
-- KEYS[1] task record   KEYS[2] rate-limit key of the submit queue
-- ARGV[1] tag  [2] id  [3] claim  [4] why, a word  [5] ms to hold the account, or 0  [6] id of the job that is to wake it
-- returns {"ok"} | {"stale", status} | {"missing"}

local tag = ARGV[1]
local task = load_task(tag, ARGV[2])
if not task then return { 'missing' } end
local at = now_ms()

if tonumber(ARGV[5]) > 0 then hold_account(tag, task.account, KEYS[2], at, ARGV[4], tonumber(ARGV[5])) end

if task.claim ~= tonumber(ARGV[3]) then return { 'stale', task.status } end
if task.status == 'queued' then return { 'ok' } end -- the same write, sent again after a reconnect
if task.status ~= 'submitting' then return { 'stale', task.status } end
move(task, 'queued', at, { 'wake_job', ARGV[6] }, ARGV[4])
look_at(task, at + LOOK_AFTER_MS)
return { 'ok' }
