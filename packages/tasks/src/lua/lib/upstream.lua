-- Which task has an id of the upstream. Needs lib/task.
-- While the upstream has the task it stands in one of 256 hashes, by a digest of the id: up to some 30,000 tasks
-- in flight they are compact, a third of what a key for each takes. From its end on, when there are many that stay long,
-- and for a late id, it has a key that goes with the task.

local IN_FLIGHT_HASHES = 256

local function place_in_flight(upstream_id)
  local digest = redis.sha1hex(upstream_id)
  local number = tonumber(digest:sub(1, 4), 16) % IN_FLIGHT_HASHES
  return under('upstream_in_flight', number), digest:sub(5, 12)
end

local function enter_upstream_id(task, upstream_id)
  local hash, field = place_in_flight(upstream_id)
  redis.call('HSET', hash, field, task.id)
end

local function keep_upstream_id(task)
  if not task.upstream_task_id then return end
  local hash, field = place_in_flight(task.upstream_task_id)
  if redis.call('HGET', hash, field) == task.id then redis.call('HDEL', hash, field) end
  redis.call('SET', under('upstream', task.upstream_task_id), task.id)
end

-- The same three reads whatever is there, so that the time tells nothing. Of two in flight whose digests are one only the
-- later is found.
local function find_by_upstream_id(upstream_id)
  local hash, field = place_in_flight(upstream_id)
  local in_flight = redis.call('HGET', hash, field) or 'none'
  local has_it = redis.call('HGET', under('task', in_flight), 'upstream_task_id') == upstream_id
  local ended = redis.call('GET', under('upstream', upstream_id)) or ''
  return has_it and in_flight or ended
end
