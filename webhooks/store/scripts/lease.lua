-- What CLAIM and NEXT share: whether an event can be taken, and taking it.

-- Returns nil when the event is unknown, and then nothing of it is due any more.
local function look(id, now)
  local found = redis.call('HMGET', KEY.event .. id,
    'state', 'lease_until', 'next_at', 'attempts', 'round', 'received_at', 'released')
  local state = found[1]
  if not state then
    redis.call('ZREM', KEY.due, id)
    return nil
  end
  return {
    state = state,
    free = state == 'queued'
      or (state == 'waiting' and tonumber(found[3] or 0) <= now)
      or (state == 'running' and tonumber(found[2] or 0) <= now),
    attempts = tonumber(found[4] or 0),
    used = tonumber(found[4] or 0) - tonumber(found[5] or 0) - tonumber(found[7] or 0),
    received_at = found[6],
    source = source_of(id),
  }
end

-- A lease until a time, and a fence: a number that grows with each, and the token of this claim alone.
-- Returns fence, attempts in this round, flat record.
local function lease(id, event, now, lease_ms, token)
  local key = KEY.event .. id
  local number = redis.call('HINCRBY', key, 'fence', 1)
  redis.call('HINCRBY', key, 'attempts', 1)
  set_state(id, event.state, 'running', event.received_at)
  redis.call('HSET', key, 'lease_until', whole(now + lease_ms), 'token', token)
  redis.call('HDEL', key, 'next_at')
  due_at(id, now + lease_ms)
  return whole(number) .. '-' .. token, event.used + 1, whole_of(id)
end
