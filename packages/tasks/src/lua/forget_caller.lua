-- forget_caller: a deleted caller goes for good when its last task has gone, a minute later at the earliest.
-- KEYS[1] caller   KEYS[2] its tasks   KEYS[3] deleted callers   KEYS[4..] what else is kept of it
-- ARGV[1] id
-- returns 1 if it went

local MINUTE_MS = 60000

if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local deleted_at = tonumber(redis.call('HGET', KEYS[1], 'deleted_at') or 0)
if deleted_at + MINUTE_MS > redis.call('TIME')[1] * 1000 then return 0 end
if deleted_at > 0 then redis.call('DEL', KEYS[1], unpack(KEYS, 4)) end
redis.call('SREM', KEYS[3], ARGV[1])
return 1
