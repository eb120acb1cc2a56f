-- reseal_secret: the same secret, sealed with another key, unless it was rotated meanwhile.
-- KEYS[1] caller
-- ARGV[1] field (secret|old_secret)  [2] sealed as it was seen  [3] sealed anew
-- returns "ok" | "changed" (it is another one by now, or the caller is gone)

if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 'changed' end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 'ok'
