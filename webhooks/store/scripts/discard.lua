-- DISCARD: an operator's word that it shall not run.
-- ARGV: id, keep_ms, key_ms, allowed states. Returns the state it was in, '' when unknown

local id = ARGV[1]
local found = redis.call('HMGET', KEY.event .. id, 'state', 'received_at', 'size')
if not found[1] then
  return ''
end
if not found[3] then
  return 'retired'
end
for position = 4, #ARGV do
  if found[1] == ARGV[position] then
    set_state(id, found[1], 'discarded', found[2])
    redis.call('HDEL', KEY.event .. id, 'next_at')
    ended(id, now_ms(), tonumber(ARGV[2]), tonumber(ARGV[3]))
    return found[1]
  end
end
return found[1]
