-- COUNT: how many events stand in each state, of all sources together.
-- ARGV: states. Returns for each: a number

local numbers = {}
for position, state in ipairs(ARGV) do
  numbers[position] = 0
  for _, source in ipairs(sources()) do
    numbers[position] = numbers[position] + redis.call('ZCARD', KEY.state .. source .. ':' .. state)
  end
end
return numbers
