-- delete_caller: its keys die at once; the caller and its secret stay while its tasks may still be delivered, and go
-- when its last task has gone.
-- KEYS[1] caller   KEYS[2] its key ids   KEYS[3] callers by creation   KEYS[4] deleted callers
-- ARGV[1] id  [2] deleted at (unix ms)  [3] what stands before a key id in a key's name
-- returns "ok" | "missing"

if redis.call('EXISTS', KEYS[1]) == 0 then return 'missing' end
for _, kid in ipairs(redis.call('SMEMBERS', KEYS[2])) do redis.call('DEL', ARGV[3] .. kid) end
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], ARGV[1])
-- Also without tasks: for some seconds a process may still know a key of it, and accept one more.
redis.call('HSET', KEYS[1], 'deleted_at', ARGV[2])
redis.call('SADD', KEYS[4], ARGV[1])
return 'ok'
