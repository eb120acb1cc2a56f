--@include lib/task
--@include lib/each
-- read_record: all that a task's hash holds.
-- answers {"ok", record}, flat | {"missing"}

local function read_record(id)
  local record = redis.call('HGETALL', under('task', id))
  if #record == 0 then return { 'missing' } end
  return { 'ok', record }
end

return each(read_record)
