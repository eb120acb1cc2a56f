-- The writes of a transaction that are of one kind are one run of its script: to begin a run costs a tenth of a write, and
-- to send one as much again. Needs lib/task.
-- KEYS[1] a key of the deployment, which says in which slot of a Redis Cluster all of them lie
-- ARGV[1] tag  then per write: how many arguments it has, and these

-- Answers what `write`, called with the arguments of each in turn, returns. An error is the answer of the one that made it.
local function each_write(write)
  local answers, at = {}, 2
  while ARGV[at] do
    local last = at + ARGV[at]
    local done, answer = pcall(write, unpack(ARGV, at + 1, last))
    if not done and type(answer) == 'string' then answer = redis.error_reply('ERR ' .. answer) end
    answers[#answers + 1] = answer
    at = last + 1
  end
  return answers
end
