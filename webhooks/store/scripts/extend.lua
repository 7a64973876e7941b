-- EXTEND: a longer lease for who still holds the event. ARGV: id, fence, lease_ms.
-- Returns 1, or 0 when another took it

if not held(ARGV[1], ARGV[2]) then
  -- The holder's own result came first, from another of its threads: then nothing is lost.
  return by_fence(ARGV[1], ARGV[2]) and 1 or 0
end
local till = now_ms() + tonumber(ARGV[3])
redis.call('HSET', KEY.event .. ARGV[1], 'lease_until', whole(till))
due_at(ARGV[1], till)
return 1
