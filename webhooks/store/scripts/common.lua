-- Shared by all scripts. Time is the server's alone: a worker's clock may be wrong.

local function now_ms()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Numbers go to Redis as whole digits: Lua would write 1.79e+12.
local function whole(number)
  return string.format('%.0f', number)
end

local function count(what, source)
  redis.call('HINCRBY', KEY.totals, what .. ':' .. source, 1)
end

-- An id begins with its source, which is therefore written nowhere else.
local function source_of(id)
  return string.match(id, '^[^:]*')
end

-- The one list in which an event stands; all others are read from these.
local function list_of(id, state)
  return KEY.state .. source_of(id) .. ':' .. state
end

-- The one place that changes a state, so that the list always agrees with the record.
local function set_state(id, from, to, received_at)
  if from ~= to then
    redis.call('ZREM', list_of(id, from), id)
    redis.call('ZADD', list_of(id, to), received_at, id)
    redis.call('HSET', KEY.event .. id, 'state', to)
  end
end

-- One value above this would make a table of the record, which takes three times the memory
-- (`hash-max-listpack-value`): what handlers and errors say at length is kept beside it.
local LONG = 64

-- Fields of texts and their values, false for one that is to go.
local function tell(id, texts)
  local key = KEY.event .. id
  local kept = redis.call('GET', KEY.long .. id)
  local long = kept and cmsgpack.unpack(kept) or {}
  for position = 1, #texts, 2 do
    local name, value = texts[position], texts[position + 1]
    if value and #value <= LONG and #name <= LONG then
      redis.call('HSET', key, name, value)
      long[name] = nil
    else
      redis.call('HDEL', key, name)
      long[name] = value or nil
    end
  end
  if next(long) then
    redis.call('SET', KEY.long .. id, cmsgpack.pack(long))
  elseif kept then
    redis.call('DEL', KEY.long .. id)
  end
end

-- The record as names and values in turn, with what is kept beside it.
local function record_of(id)
  local record = redis.call('HGETALL', KEY.event .. id)
  local kept = redis.call('GET', KEY.long .. id)
  if kept then
    for name, value in pairs(cmsgpack.unpack(kept)) do
      record[#record + 1] = name
      record[#record + 1] = value
    end
  end
  return record
end

-- The same with the content, of which a list has no need.
local function whole_of(id)
  local record = record_of(id)
  local content = redis.call('GET', KEY.content .. id)
  if content then
    record[#record + 1] = 'content'
    record[#record + 1] = content
  end
  return record
end

local function due_at(id, at)
  redis.call('ZADD', KEY.due, whole(at), id)
end

-- An event that has ended: nothing is due any more, and its retention starts.
local function ended(id, now, keep_ms, key_ms)
  redis.call('ZREM', KEY.due, id)
  redis.call('ZADD', KEY.retire, whole(now + keep_ms), id)
  redis.call('HSET', KEY.event .. id, 'ended_at', whole(now), 'key_until', whole(now + math.max(keep_ms, key_ms)))
end

-- Back to the queue, whatever it was before.
local function requeue(id, from, received_at, now, grace_ms, message)
  set_state(id, from, 'queued', received_at)
  redis.call('HDEL', KEY.event .. id, 'lease_until', 'next_at', 'ended_at', 'key_until')
  redis.call('ZREM', KEY.retire, id)
  due_at(id, now + grace_ms)
  if message ~= '' then
    redis.call('LPUSH', KEY.queue, message)
  end
end

-- All attempts of a policy lie before the event again. `attempts` is how many it has had; their numbers never come back.
local function new_round(id, attempts)
  redis.call('HSET', KEY.event .. id, 'round', attempts)
  redis.call('HDEL', KEY.event .. id, 'released')
end

-- The fields by which a fence is judged, and the rest of `names`, if `fence` is the one that the event has now.
-- A number alone would be given twice: a replica that is promoted counts on from what it had, and so may give the
-- number of a claim that it never saw. The token is random, and made by the worker: Lua's would be the same everywhere.
local function by_fence(id, fence, ...)
  local found = redis.call('HMGET', KEY.event .. id, 'fence', 'token', 'state', ...)
  if found[1] and found[1] .. '-' .. (found[2] or '') == fence then
    return found
  end
  return nil
end

-- Whether a result is known already: its first reply was lost on the way, and it is offered again.
local function known(id, fence, state)
  local found = by_fence(id, fence)
  return found ~= nil and found[3] == state
end

-- A result counts only from the worker that holds the event now.
local function held(id, fence)
  local found = by_fence(id, fence, 'received_at')
  if found and found[3] == 'running' then
    return {received_at = found[4], source = source_of(id)}
  end
  return nil
end
