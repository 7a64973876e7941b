-- RETIRE: an event that was kept long enough leaves the lists and loses its body; what stays is
-- its id, against redelivery, until Redis expires it.
-- ARGV: limit. Returns how many

local now = now_ms()
local ids = redis.call('ZRANGE', KEY.retire, '-inf', whole(now), 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  local key = KEY.event .. id
  local event = redis.call('HMGET', key, 'state', 'source', 'type', 'digest', 'key_until', 'received_at')
  redis.call('ZREM', KEY.retire, id)
  if event[1] then
    redis.call('ZREM', KEY.state .. event[1], id)
    redis.call('ZREM', KEY.events, id)
    redis.call('ZREM', KEY.source .. event[2], id)
    redis.call('ZREM', KEY.type .. event[2] .. ':' .. event[3], id)
    redis.call('DEL', key)
    if tonumber(event[5]) > now then
      redis.call('HSET', key, 'state', event[1], 'source', event[2], 'type', event[3],
        'digest', event[4], 'received_at', event[6], 'attempts', 0)
      redis.call('PEXPIREAT', key, event[5])
    end
  end
end
return #ids
