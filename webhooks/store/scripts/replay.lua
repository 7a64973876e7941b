-- REPLAY: run it again, with all its attempts before it.
-- ARGV: id, grace_ms, message, allowed states. Returns the state it was in, '' when unknown

local id = ARGV[1]
local found = redis.call('HMGET', KEY.event .. id, 'state', 'received_at', 'attempts', 'size')
if not found[1] then
  return ''
end
if not found[4] then
  return 'retired'
end
for position = 4, #ARGV do
  if found[1] == ARGV[position] then
    new_round(id, found[3])
    requeue(id, found[1], found[2], now_ms(), tonumber(ARGV[2]), ARGV[3])
    return found[1]
  end
end
return found[1]
