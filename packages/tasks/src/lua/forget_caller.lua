-- forget_caller: a deleted caller goes for good when its last task has gone.
-- KEYS[1] caller   KEYS[2] its tasks   KEYS[3] deleted callers
-- ARGV[1] id
-- returns 1 if it went

if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
if redis.call('HEXISTS', KEYS[1], 'deleted_at') == 1 then redis.call('DEL', KEYS[1]) end
redis.call('SREM', KEYS[3], ARGV[1])
return 1
