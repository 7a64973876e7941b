-- SUMMARY: records without what is long. A list of large events must not move their bodies.
-- ARGV: ids. Returns for each: flat record, without body and headers, with body_bytes

local found = {}
for position, id in ipairs(ARGV) do
  local key = KEY.event .. id
  local names = {}
  for _, name in ipairs(redis.call('HKEYS', key)) do
    if name ~= 'body' and name ~= 'headers' then
      names[#names + 1] = name
    end
  end
  local record = {}
  if #names > 0 then
    for offset, value in ipairs(redis.call('HMGET', key, unpack(names))) do
      record[#record + 1] = names[offset]
      record[#record + 1] = value
    end
    if redis.call('HEXISTS', key, 'body') == 1 then
      record[#record + 1] = 'body_bytes'
      record[#record + 1] = whole(redis.call('HSTRLEN', key, 'body'))
    end
  end
  found[position] = record
end
return found
