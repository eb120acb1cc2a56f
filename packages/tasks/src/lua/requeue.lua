--@include lib/task
-- requeue: give the claim back (submitting -> queued), because it is proven that nothing was sent, or the upstream said
-- 429. The job that held the claim stays the one that wakes the task.
-- KEYS[1] task record   KEYS[2] rate-limit key of the submit queue
-- ARGV[1] tag  [2] id  [3] claim  [4] why, a word  [5] ms until the job comes again  [6] ms to hold the account, or 0
-- returns {"ok"} | {"stale", status} | {"missing"}

local LOOK_AFTER_MS = 45000

local tag = ARGV[1]
local task = load_task(tag, ARGV[2])
if not task then return { 'missing' } end
local at = now_ms()

-- A hold that lasts longer stays.
local hold_ms = tonumber(ARGV[6])
local key = under(tag, 'account', task.account, 'hold')
if hold_ms > 0 and at + hold_ms > tonumber(redis.call('HGET', key, 'until') or 0) then
  redis.call('HSET', key, 'why', ARGV[4], 'until', string.format('%.0f', at + hold_ms))
  redis.call('PEXPIRE', key, hold_ms)
  redis.call('SET', KEYS[2], '9007199254740991', 'PX', hold_ms)
end

if task.claim ~= tonumber(ARGV[3]) then return { 'stale', task.status } end
if task.status == 'queued' then return { 'ok' } end -- the same write, sent again after a reconnect
if task.status ~= 'submitting' then return { 'stale', task.status } end
move(task, 'queued', at, {}, ARGV[4])
look_at(task, at + LOOK_AFTER_MS)
return { 'ok' }
