-- delete_key: a key of this caller dies.
-- KEYS[1] its key ids   KEYS[2] key
-- ARGV[1] key id
-- returns "ok" | "missing"

if redis.call('SREM', KEYS[1], ARGV[1]) == 0 then return 'missing' end
redis.call('DEL', KEYS[2])
return 'ok'
