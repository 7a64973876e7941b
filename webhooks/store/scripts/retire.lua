-- RETIRE: an event that was kept long enough leaves its list and loses its content; what stays is
-- its id and what a redelivery is held against, until Redis expires it.
-- ARGV: limit. Returns how many

local now = now_ms()
local ids = redis.call('ZRANGE', KEY.retire, '-inf', whole(now), 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, id in ipairs(ids) do
  local key = KEY.event .. id
  local event = redis.call('HMGET', key, 'state', 'type', 'digest', 'key_until', 'received_at')
  redis.call('ZREM', KEY.retire, id)
  if event[1] then
    redis.call('ZREM', list_of(id, event[1]), id)
    redis.call('DEL', key, KEY.content .. id, KEY.long .. id)
    if tonumber(event[4]) > now then
      redis.call('HSET', key, 'state', event[1], 'type', event[2], 'digest', event[3], 'received_at', event[5])
      redis.call('PEXPIREAT', key, event[4])
    end
  end
end
return #ids
