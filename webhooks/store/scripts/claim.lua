-- CLAIM: take an event, or bury one that has used up its attempts.
-- ARGV: id, lease_ms, max_attempts, dead_ms, key_ms, reason when the attempts are used up, token
-- Returns: {'claimed', 1 when its last worker was lost, fence, attempts in this round, flat record}
--          | {'refused', state, attempts}
--          | {'dead', flat record}

local id, now = ARGV[1], now_ms()
local key = KEY.event .. id
local event = look(id, now)
if not event then
  return {'refused', 'unknown', 0}
end
if not event.free then
  return {'refused', event.state, event.attempts}
end
if event.state == 'running' then
  count('lost', event.source)
  redis.call('HINCRBY', key, 'interrupted', 1)
end
if event.used >= tonumber(ARGV[3]) then
  set_state(id, event.state, 'dead', event.received_at)
  redis.call('HINCRBY', key, 'fence', 1) -- whoever held it last is heard no more
  tell(id, {'error', ARGV[6]})
  redis.call('HDEL', key, 'lease_until', 'next_at')
  ended(id, now, tonumber(ARGV[4]), tonumber(ARGV[5]))
  count('dead', event.source)
  return {'dead', whole_of(id)}
end
return {'claimed', event.state == 'running' and 1 or 0, lease(id, event, now, tonumber(ARGV[2]), ARGV[7])}
