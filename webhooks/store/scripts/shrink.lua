-- SHRINK: the same content in less room, for an event that is dead by this fence.
-- ARGV: id, fence, content. Returns 1 | 0

local found = by_fence(ARGV[1], ARGV[2], 'size')
if not found or found[3] ~= 'dead' or not found[4] then
  return 0
end
redis.call('SET', KEY.content .. ARGV[1], ARGV[3])
return 1
