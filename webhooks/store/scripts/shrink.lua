-- SHRINK: the same content in less room, for an event that is dead by this fence.
-- ARGV: id, fence, content. Returns 1 | 0

local found = redis.call('HMGET', KEY.event .. ARGV[1], 'state', 'fence', 'size')
if found[1] ~= 'dead' or found[2] ~= ARGV[2] or not found[3] then
  return 0
end
redis.call('SET', KEY.content .. ARGV[1], ARGV[3])
return 1
