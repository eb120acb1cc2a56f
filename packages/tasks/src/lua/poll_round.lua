--@include lib/task
--@include lib/loss
-- poll_round: what every generation-worker does over and over: give back the tasks that it has polled, each with the time
-- of its next poll, and take those that are due, under a lease.
-- A task that is taken stays in the index, with the end of its lease as its time; a lease is made longer while its task is
-- still in hand. Half a millisecond on top marks it: whoever finds it due knows that its worker did not give it back.
-- KEYS[1] submitted and running tasks by their next poll (unix ms)
-- KEYS[2] the time up to which the account's polls per second are used up (unix ms)
-- ARGV[1] tag  [2] lease, ms  [3] most tasks to take  [4] most polls per second of the account, or 0
-- ARGV[5] how many leases to make longer  [6..] their tasks
-- ARGV[..] per task given back: id, ms until its next poll, what was seen
-- returns, as JSON: now, time of the earliest that is left (or ''), then per task: id, losses in the last ten minutes if
-- its worker did not give it back (else 0), when it was submitted, and FACTS ('' where unset)

local FACTS = { 'status', 'claim', 'account', 'upstream_task_id', 'model', 'kind', 'finish_within', 'webhook_events',
  'seen' }
local CREATED_AT, TIMELINE = #FACTS + 1, #FACTS + 2
local READ = { unpack(FACTS) }
READ[CREATED_AT], READ[TIMELINE] = 'created_at', 'timeline'
local LEASED = 0.5
-- Polls that the account did not make are lost after this; rounds are closer together.
local UNUSED_MS = 1000

local at = now_ms()
local lease_ends = string.format('%.1f', at + ARGV[2] + LEASED)
local first_given_back = 6 + ARGV[5]
for i = 6, first_given_back - 1 do redis.call('ZADD', KEYS[1], 'XX', lease_ends, ARGV[i]) end
for i = first_given_back, #ARGV, 3 do
  -- One that is no longer there has ended meanwhile. A repeat after a reconnect only puts the next poll off by as much.
  local changed = redis.call('ZADD', KEYS[1], 'XX', 'CH', string.format('%.0f', at + ARGV[i + 1]), ARGV[i])
  if changed == 1 then redis.call('HSET', under('task', ARGV[i]), 'seen', ARGV[i + 2]) end
end

-- One damaged record must not end the round of all others, and has to end itself: its deadline stands still.
local function submitted_at_of(facts)
  local created_at = tonumber(facts[CREATED_AT]) or 0
  return time_of({ created_at = created_at, timeline = facts[TIMELINE] or '' }, 'submitted') or created_at
end

local found = { string.format('%.0f', at), '' }
local function take(id, due_at)
  local key = under('task', id)
  local facts = redis.call('HMGET', key, unpack(READ))
  if not facts[1] or index_of(facts[1]) ~= 'polls' then return redis.call('ZREM', KEYS[1], id) end
  redis.call('ZADD', KEYS[1], lease_ends, id)
  found[#found + 1] = id
  found[#found + 1] = due_at % 1 > 0 and count_loss(key, at, true, {}) or 0
  found[#found + 1] = string.format('%.0f', submitted_at_of(facts))
  for n = 1, #FACTS do found[#found + 1] = facts[n] or '' end
end

local most, per_second, used_up = tonumber(ARGV[3]), tonumber(ARGV[4]), nil
if per_second > 0 then
  used_up = math.max(tonumber(redis.call('GET', KEYS[2]) or 0), at - UNUSED_MS)
  most = math.min(most, math.max(math.floor((at - used_up) * per_second / 1000), 0))
end
local due = redis.call('ZRANGE', KEYS[1], '-inf', at, 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES')
for i = 1, #due, 2 do take(due[i], tonumber(due[i + 1])) end
if used_up and #due > 0 then
  redis.call('SET', KEYS[2], string.format('%.3f', used_up + #due / 2 * 1000 / per_second), 'PX', 2 * UNUSED_MS)
end

local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
if first[2] then found[2] = first[2] end
return cjson.encode(found)
