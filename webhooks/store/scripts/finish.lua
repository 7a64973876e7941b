-- FINISH: the event has ended well, or no handler wanted it.
-- ARGV: id, fence, state, keep_ms, key_ms, lease_ms, fewest attempts and token of the next (see NEXT), then
-- handler fields and values. Returns {0} | {1} | {1, id, fence, attempts in this round, flat record}

local id, state = ARGV[1], ARGV[3]
local event = held(id, ARGV[2])
if not event then
  return {known(id, ARGV[2], state) and 1 or 0}
end
tell(id, {'error', false, unpack(ARGV, 9)})
set_state(id, 'running', state, event.received_at)
redis.call('HDEL', KEY.event .. id, 'lease_until')
ended(id, now_ms(), tonumber(ARGV[4]), tonumber(ARGV[5]))
count(state, event.source)
return recorded(ARGV[6], ARGV[7], ARGV[8])
