-- CLAIM: a lease until a time, and a fence that grows with each claim.
-- ARGV: id, lease_ms, max_attempts, dead_ms, key_ms, reason when the attempts are used up
-- Returns: {'claimed', fence, attempt, attempts in this round, flat record} | {'refused', state}
--          | {'dead', flat record}

local id, lease_ms, max_attempts = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local key = KEY.event .. id
local found = redis.call('HMGET', key, 'state', 'lease_until', 'next_at', 'attempts', 'round', 'received_at', 'source')
local state, now = found[1], now_ms()

if not state then
  redis.call('ZREM', KEY.due, id)
  return {'refused', 'unknown'}
end
local may = state == 'queued'
  or (state == 'waiting' and tonumber(found[3] or 0) <= now)
  or (state == 'running' and tonumber(found[2] or 0) <= now)
if not may then
  return {'refused', state}
end

if state == 'running' then
  count('lost', found[7])
end
local used = tonumber(found[4]) - tonumber(found[5] or 0)
if used >= max_attempts then
  set_state(id, state, 'dead', found[6])
  redis.call('HINCRBY', key, 'fence', 1) -- whoever held it last is heard no more
  redis.call('HSET', key, 'error', ARGV[6])
  redis.call('HDEL', key, 'lease_until', 'next_at')
  ended(id, now, tonumber(ARGV[4]), tonumber(ARGV[5]))
  count('dead', found[7])
  return {'dead', redis.call('HGETALL', key)}
end

local fence = redis.call('HINCRBY', key, 'fence', 1)
local attempt = redis.call('HINCRBY', key, 'attempts', 1)
set_state(id, state, 'running', found[6])
redis.call('HSET', key, 'lease_until', whole(now + lease_ms), 'attempted_at', whole(now))
redis.call('HDEL', key, 'next_at')
due_at(id, now + lease_ms)
return {'claimed', fence, attempt, used + 1, redis.call('HGETALL', key)}
