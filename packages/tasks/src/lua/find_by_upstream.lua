--@include lib/task
--@include lib/upstream
-- find_by_upstream: the task to which the upstream gave an id, in time or late.
-- KEYS[1] key of the id
-- ARGV[1] tag  [2] upstream task id
-- returns task id, or ''

return find_by_upstream_id(ARGV[2])
