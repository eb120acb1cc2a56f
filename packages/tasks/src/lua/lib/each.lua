-- One run for several calls of a script: to begin a run costs a tenth of a write, and to send one as much again.
-- KEYS[1] a key of the deployment, which says in which slot of a Redis Cluster all of them lie
-- ARGV[1] tag  then per call: how many arguments it has, and these

-- Redis' own pcall gives the text of a command's error, which begins with its code; a fault of Lua's has none.
local function failure(error)
  local text = type(error) == 'table' and error.err or tostring(error)
  return { err = text:find('^%u+ ') and text or 'ERR ' .. text }
end

-- Answers a list of what `call`, given the arguments of each in turn, returns, as JSON: a client reads that in a tenth of
-- the time that it takes for as many replies of Redis' own. A number of more than 14 digits has to be a text in it. An
-- error is the answer of the one that made it: {"err": text}. `finish`, if given, runs behind all of them. '' when it fails,
-- or the answers cannot be written: what was done is then unknown, and no refusal.
local function each(call, finish)
  local answers, at = {}, 2
  while ARGV[at] do
    local last = at + ARGV[at]
    local done, answer = pcall(call, unpack(ARGV, at + 1, last))
    answers[#answers + 1] = done and answer or failure(answer)
    at = last + 1
  end
  if finish and not pcall(finish) then return '' end
  local written, text = pcall(cjson.encode, answers)
  return written and text or ''
end
