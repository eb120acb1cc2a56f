-- learn_times: lets a histogram of generation times fade and adds what was seen since.
-- KEYS[1] the histogram, a hash: bucket -> count, and n -> observations ever
-- ARGV[1] observations to add (0: only read)   ARGV[2] what is kept of each count, 0 to 1   ARGV[3] how long it lives, ms
-- ARGV[4..] bucket, share, bucket, share, …
-- returns the histogram as HGETALL does
local FORGOTTEN = 0.001

if tonumber(ARGV[1]) > 0 then
  local counts = {}
  local stored = redis.call('HGETALL', KEYS[1])
  for i = 1, #stored, 2 do
    if stored[i] ~= 'n' then counts[stored[i]] = tonumber(stored[i + 1]) * tonumber(ARGV[2]) end
  end
  for i = 4, #ARGV, 2 do
    counts[ARGV[i]] = (counts[ARGV[i]] or 0) + tonumber(ARGV[i + 1])
  end
  for bucket, count in pairs(counts) do
    if count < FORGOTTEN then
      redis.call('HDEL', KEYS[1], bucket)
    else
      redis.call('HSET', KEYS[1], bucket, string.format('%.5g', count))
    end
  end
  redis.call('HINCRBY', KEYS[1], 'n', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return redis.call('HGETALL', KEYS[1])
