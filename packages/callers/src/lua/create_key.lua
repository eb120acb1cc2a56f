-- create_key: a new key of a caller that lives.
-- KEYS[1] caller   KEYS[2] its key ids   KEYS[3] key
-- ARGV[1] key id  [2] unix ms when it expires, or 0  [3..] fields, flat
-- returns "ok" | "missing"

if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'deleted_at') == 1 then return 'missing' end
redis.call('HSET', KEYS[3], unpack(ARGV, 3))
if ARGV[2] ~= '0' then redis.call('PEXPIREAT', KEYS[3], ARGV[2]) end
redis.call('SADD', KEYS[2], ARGV[1])
return 'ok'
