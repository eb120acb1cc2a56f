--@include lib/task
--@include lib/loss
--@include lib/each
-- count_crash: a job of this task lost its worker. `mark` is the job's id and how often it was taken over: the same one
-- counts once.
-- answers {"ok", losses in the last ten minutes} | {"missing"}

local function count_crash(id, mark)
  local task = load_task(id)
  if not task then return { 'missing' } end
  return { 'ok', count_loss(task.key, now_ms(), task.crash_mark ~= mark, { 'crash_mark', mark }) }
end

return each(count_crash)
