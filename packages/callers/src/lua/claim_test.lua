-- claim_test: the right to send a test webhook, given once: after a crash it is not sent again.
-- KEYS[1] test
-- ARGV[1] token of the one who asks
-- returns {"ok", asked at (unix ms)} | {"taken"} (or forgotten)

local got = redis.call('HMGET', KEYS[1], 'at', 'token')
if not got[1] or (got[2] and got[2] ~= ARGV[1]) then return { 'taken' } end
redis.call('HSET', KEYS[1], 'token', ARGV[1])
return { 'ok', got[1] }
