-- begin_test: note that a caller asked for a test webhook, unless it asked for too many.
-- KEYS[1] test   KEYS[2] how many this caller asked for lately
-- ARGV[1] most tests  [2] per so many ms  [3] ms until the test is forgotten  [4] asked at (unix ms)
-- returns {"ok"} | {"limited", ms until the next one}

if redis.call('EXISTS', KEYS[1]) == 1 then return { 'ok' } end -- the same write, sent again after a reconnect
local asked = redis.call('INCR', KEYS[2])
if asked == 1 then redis.call('PEXPIRE', KEYS[2], ARGV[2]) end
if asked > tonumber(ARGV[1]) then return { 'limited', redis.call('PTTL', KEYS[2]) } end
redis.call('HSET', KEYS[1], 'v', 1, 'at', ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { 'ok' }
