-- One run for several calls of a script: to begin a run costs a tenth of a write, and to send one as much again.
-- Needs lib/task.
-- KEYS[1] a key of the deployment, which says in which slot of a Redis Cluster all of them lie
-- ARGV[1] tag  then per call: how many arguments it has, and these

-- Answers a list of what `call`, given the arguments of each in turn, returns, as JSON: a client reads that in a tenth of
-- the time that it takes for as many replies of Redis' own. An error is the answer of the one that made it: {"err": text}.
local function each(call)
  local answers, at = {}, 2
  while ARGV[at] do
    local last = at + ARGV[at]
    local done, answer = pcall(call, unpack(ARGV, at + 1, last))
    if not done then answer = { err = type(answer) == 'table' and answer.err or 'ERR ' .. answer } end
    answers[#answers + 1] = answer
    at = last + 1
  end
  return cjson.encode(answers)
end
