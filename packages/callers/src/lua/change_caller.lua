-- change_caller: set and clear fields of a caller that lives.
-- KEYS[1] caller
-- ARGV[1] number of field names to clear, then those names, then fields to set, flat
-- returns "ok" | "missing"

if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'deleted_at') == 1 then return 'missing' end
local clear = tonumber(ARGV[1])
for i = 2, clear + 1 do redis.call('HDEL', KEYS[1], ARGV[i]) end
if #ARGV > clear + 1 then redis.call('HSET', KEYS[1], unpack(ARGV, clear + 2)) end
return 'ok'
