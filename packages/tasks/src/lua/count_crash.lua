--@include lib/task
--@include lib/loss
-- count_crash: a job of this task lost its worker.
-- KEYS[1] task record
-- ARGV[1] tag  [2] id  [3] mark: the job's id and how often it was taken over; the same mark counts once
-- returns {"ok", losses in the last ten minutes} | {"missing"}

local task = load_task(ARGV[1], ARGV[2])
if not task then return { 'missing' } end
return { 'ok', count_loss(KEYS[1], now_ms(), task.crash_mark ~= ARGV[3], { 'crash_mark', ARGV[3] }) }
