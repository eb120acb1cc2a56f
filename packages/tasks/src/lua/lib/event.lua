-- Events and their pending deliveries. Needs lib/task and lib/delivery.

local FINAL_EVENTS = 'task.succeeded,task.failed,task.expired,task.canceled'

local function wants(task, event)
  return (',' .. (task.webhook_events or FINAL_EVENTS) .. ','):find(',' .. event .. ',', 1, true) ~= nil
end

-- The task's own address, else the caller's default endpoint while it is not disabled.
local function has_destination(task)
  if task.webhook_url then return true end
  local default = redis.call('HMGET', under('caller', task.caller), 'webhook_url', 'webhook_disabled_at')
  return default[1] and not default[2]
end

-- Writes the pending delivery of the task's present state, if somebody wants to hear of it. `job` is the id of the job that
-- is to deliver it; kept only when it is not the delivery's own.
local function add_event(task, at, job)
  local event = 'task.' .. task.status
  if not wants(task, event) or not has_destination(task) then return end
  redis.call('HSET', task.key, 'delivery.' .. task.status, with_delivery(task, task.status, {
    version = BODY_VERSION, state = 'pending', round = 1, attempts = 0, sequence = task.sequence,
    at = at, round_at = at, next_at = at, nonce = NO_NONCE,
    job = job ~= own_deliver_job(task.id, task.status, 1) and job or nil,
  }))
  redis.call('ZADD', under('undelivered'), at + LOOK_AFTER_MS, task.id .. ' ' .. event)
end
