-- ADMIT: the events of one delivery, or of several by one source, all or none. The record is also the idempotency key, so
-- "claimed but not stored" cannot exist.
-- ARGV: grace_ms, backlog, body_key_ms, secret, deliveries, then for each event the values that the loop below names.
-- Returns for each event: outcome, id.

local grace_ms, backlog, body_key_ms = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()
-- A queue this long keeps the workers busy anyway; the sweeper hints what is left out here.
local hint = redis.call('LLEN', KEY.queue) < backlog

local function store(id, state, e, reason)
  redis.call('HSET', KEY.event .. id, 'state', state, 'type', e.type, 'digest', e.digest,
    'received_at', e.received_at, 'size', e.size, 'attempts', 0, 'fence', 0)
  redis.call('SET', KEY.content .. id, e.content)
  redis.call('ZADD', list_of(id, state), e.received_at, id)
  if reason then
    tell(id, {'error', reason})
  end
end

local function admit(e)
  local known = redis.call('HMGET', KEY.event .. e.id, 'state', 'digest', 'received_at', 'attempts', 'size')
  if known[1] == 'dead' and not known[5] then
    -- Its content is gone, so this delivery is all there is of it.
    redis.call('DEL', KEY.event .. e.id)
    known = {}
  end
  if known[1] then
    if e.body_fixed == '1' and known[2] ~= e.digest then
      local other = e.conflict_id
      if redis.call('EXISTS', KEY.event .. other) == 0 then
        store(other, 'dead', e, 'conflict: ' .. e.id .. ' came before with another body')
        ended(other, now, tonumber(e.dead_ms), tonumber(e.dead_ms))
      end
      count('conflict', e.source)
      return {'conflict', e.id}
    end
    if known[1] == 'dead' then
      new_round(e.id, known[4])
      requeue(e.id, 'dead', known[3], now, grace_ms, hint and e.message or '')
      count('resent', e.source)
      return {'accepted', e.id}
    end
    count('duplicate', e.source)
    return {'duplicate', e.id}
  end
  if e.body_key ~= '' then
    local first = redis.call('GET', KEY.body .. e.body_key)
    if first and redis.call('EXISTS', KEY.event .. first) == 1 then
      count('duplicate', e.source)
      return {'duplicate', first}
    end
    redis.call('SET', KEY.body .. e.body_key, e.id, 'PX', body_key_ms)
  end
  store(e.id, 'queued', e)
  due_at(e.id, now + grace_ms)
  if hint then
    redis.call('LPUSH', KEY.queue, e.message)
  end
  count('accepted', e.source)
  return {'accepted', e.id}
end

local WIDTH = 12
local replies = {}
for first = 6, #ARGV, WIDTH do
  local e = {}
  e.id, e.source, e.type, e.content, e.size, e.digest, e.received_at, e.message, e.body_key, e.body_fixed,
    e.conflict_id, e.dead_ms = unpack(ARGV, first, first + WIDTH - 1)
  replies[#replies + 1] = admit(e)
end
if ARGV[4] ~= '' then
  local uses = KEY.secrets .. ARGV[7]
  redis.call('HINCRBY', uses, ARGV[4] .. ':count', ARGV[5])
  redis.call('HSET', uses, ARGV[4] .. ':last', whole(now))
end
return replies
