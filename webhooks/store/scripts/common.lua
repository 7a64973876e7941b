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

-- The one place that changes a state, so that the index always agrees with the record.
local function set_state(id, from, to, received_at)
  if from ~= to then
    if from then
      redis.call('ZREM', KEY.state .. from, id)
    end
    redis.call('ZADD', KEY.state .. to, received_at, id)
    redis.call('HSET', KEY.event .. id, 'state', to)
  end
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

-- Whether a result is known already: its first reply was lost on the way, and it is offered again.
local function known(id, fence, state)
  local found = redis.call('HMGET', KEY.event .. id, 'state', 'fence')
  return found[1] == state and found[2] == fence
end

-- A result counts only from the worker that holds the event now.
local function held(id, fence)
  local found = redis.call('HMGET', KEY.event .. id, 'state', 'fence', 'received_at', 'source')
  if found[1] == 'running' and found[2] == fence then
    return {received_at = found[3], source = found[4]}
  end
  return nil
end
