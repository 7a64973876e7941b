-- RELEASE: a worker that stops gives back what it holds; the attempt does not count.
-- ARGV: id, fence, grace_ms, message. Returns 1 | 0

local event = held(ARGV[1], ARGV[2])
if not event then
  return 0
end
redis.call('HINCRBY', KEY.event .. ARGV[1], 'attempts', -1)
requeue(ARGV[1], 'running', event.received_at, now_ms(), tonumber(ARGV[3]), ARGV[4])
return 1
