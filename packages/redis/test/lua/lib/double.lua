local function nobody_calls(n)
  return n
end -- but it is named here: nobody_calls

-- Nor does this comment call nobody_calls.

local function twice(n)
  return n * 2
end

local function one_line(n) return n end

local function double(n)
  return twice(n)
end

local function calls_another(n)
  return nobody_calls(n)
end
