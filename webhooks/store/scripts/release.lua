-- RELEASE: a worker that stops gives back what it holds; the attempt does not count, and its number does
-- not come back: what it did before it was cut off must not look like what the next one does.
-- ARGV: id, fence, grace_ms, message, '1' when handlers were interrupted. Returns 1 | 0

local event = held(ARGV[1], ARGV[2])
if not event then
  return 0
end
redis.call('HINCRBY', KEY.event .. ARGV[1], 'released', 1)
if ARGV[5] == '1' then
  redis.call('HINCRBY', KEY.event .. ARGV[1], 'interrupted', 1)
end
requeue(ARGV[1], 'running', event.received_at, now_ms(), tonumber(ARGV[3]), ARGV[4])
return 1
