-- settle_test: what became of a test webhook.
-- KEYS[1] test
-- ARGV[1] outcome json
-- returns "ok" | "forgotten"

if redis.call('EXISTS', KEYS[1]) == 0 then return 'forgotten' end
redis.call('HSET', KEYS[1], 'outcome', ARGV[1])
return 'ok'
