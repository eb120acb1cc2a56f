-- burst: announce that clients submit in a burst, or ask whether they do.
-- KEYS[1] the announcement
-- ARGV[1] ms that it stands for, or 0 to ask
-- returns 1 while there is a burst, else 0

if ARGV[1] ~= '0' then
  redis.call('SET', KEYS[1], 1, 'PX', ARGV[1])
  return 1
end
return redis.call('EXISTS', KEYS[1])
