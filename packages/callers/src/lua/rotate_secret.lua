-- rotate_secret: a new webhook secret; the old one signs beside it for a while.
-- KEYS[1] caller
-- ARGV[1] now (unix ms)  [2] sealed new secret  [3] unix ms until which the old one signs too  [4] '1' to rotate again
-- returns "ok" | "missing" | "busy" (the last rotation is not over)

local got = redis.call('HMGET', KEYS[1], 'secret', 'deleted_at', 'old_until')
if not got[1] or got[2] then return 'missing' end
if got[1] == ARGV[2] then return 'ok' end -- the same write, sent again after a reconnect
if got[3] and tonumber(got[3]) > tonumber(ARGV[1]) and ARGV[4] ~= '1' then return 'busy' end
redis.call('HSET', KEYS[1], 'secret', ARGV[2], 'old_secret', got[1], 'old_until', ARGV[3])
return 'ok'
