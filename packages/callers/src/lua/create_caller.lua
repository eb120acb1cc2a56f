-- create_caller: a new caller with its sealed webhook secret.
-- KEYS[1] caller   KEYS[2] callers by creation
-- ARGV[1] id  [2] created at (unix ms)  [3..] fields, flat
-- returns "ok" | "exists"

if redis.call('EXISTS', KEYS[1]) == 1 then return 'exists' end
redis.call('HSET', KEYS[1], 'v', 1, 'created_at', ARGV[2], unpack(ARGV, 3))
redis.call('ZADD', KEYS[2], ARGV[2], ARGV[1])
return 'ok'
