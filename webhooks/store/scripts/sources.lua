-- The sources that have ever had an event, in or out of the configuration: the counters know them for good.

local function sources()
  local found, start = {}, 'accepted:'
  local totals = redis.call('HGETALL', KEY.totals)
  for position = 1, #totals, 2 do
    if string.sub(totals[position], 1, #start) == start then
      found[#found + 1] = string.sub(totals[position], #start + 1)
    end
  end
  return found
end
