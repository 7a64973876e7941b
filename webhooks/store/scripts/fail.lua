-- FAIL: again after a while, or dead.
-- ARGV: id, fence, error, wait_ms ('' when dead), keep_ms, key_ms, lease_ms, fewest attempts and token of the next (see
-- NEXT), then handler fields and values. Returns {0} | {1} | {1, id, fence, attempts in this round, flat record}

local id = ARGV[1]
local key = KEY.event .. id
local event = held(id, ARGV[2])
if not event then
  return {known(id, ARGV[2], ARGV[4] == '' and 'dead' or 'waiting') and 1 or 0}
end
tell(id, {'error', ARGV[3], unpack(ARGV, 10)})
redis.call('HDEL', key, 'lease_until')
local now = now_ms()
if ARGV[4] == '' then
  set_state(id, 'running', 'dead', event.received_at)
  ended(id, now, tonumber(ARGV[5]), tonumber(ARGV[6]))
  count('dead', event.source)
else
  local at = now + tonumber(ARGV[4])
  set_state(id, 'running', 'waiting', event.received_at)
  redis.call('HSET', key, 'next_at', whole(at))
  due_at(id, at)
  count('failed', event.source)
end
return recorded(ARGV[7], ARGV[8], ARGV[9])
