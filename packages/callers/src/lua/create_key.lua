-- create_key: a new key of a caller that lives.
-- KEYS[1] caller   KEYS[2] its key ids   KEYS[3] key
-- ARGV[1] key id  [2] unix ms when it expires, or 0  [3] most live keys of a caller
-- ARGV[4] what stands before a key id in a key's name  [5..] fields, flat
-- returns "ok" | "missing" | "full"

if redis.call('EXISTS', KEYS[1]) == 0 or redis.call('HEXISTS', KEYS[1], 'deleted_at') == 1 then return 'missing' end
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then -- else the same write, sent again
  for _, kid in ipairs(redis.call('SMEMBERS', KEYS[2])) do
    if redis.call('EXISTS', ARGV[4] .. kid) == 0 then redis.call('SREM', KEYS[2], kid) end -- it expired
  end
  if redis.call('SCARD', KEYS[2]) >= tonumber(ARGV[3]) then return 'full' end
end
redis.call('HSET', KEYS[3], unpack(ARGV, 5))
if ARGV[2] ~= '0' then redis.call('PEXPIREAT', KEYS[3], ARGV[2]) end
redis.call('SADD', KEYS[2], ARGV[1])
return 'ok'
