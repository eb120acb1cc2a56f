--@include lib/double
-- with_include: for the tests of scripts.ts.
-- KEYS[1] a key   ARGV[1] a number
redis.call('SET', KEYS[1], double(tonumber(ARGV[1])) + EXTRA)
return redis.call('GET', KEYS[1])
