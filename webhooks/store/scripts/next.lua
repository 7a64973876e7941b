-- NEXT: what a turn goes on with, taken in the step that records a result.

local LONGEST = 16384
local MOST = 20

-- The event that a message is a hint of; nil for everything that is not plainly a hint of ours.
local function hinted(message)
  if #message > LONGEST then
    return nil
  end
  local read, value = pcall(cjson.decode, message)
  local headers = read and type(value) == 'table' and value.headers
  if type(headers) ~= 'table' or headers.task ~= TASK or headers.origin ~= ORIGIN
    or type(headers.id) ~= 'string' then
    return nil
  end
  return string.match(headers.id, '^(.+)%.%d+$')
end

-- Takes the oldest message whose event can be taken, and drops hints of events that cannot. What is left where it is,
-- for Celery to take: a message that is no hint, one whose event may have used up its attempts, and one whose event
-- may have killed its worker, of which Celery can say so when it does that again.
-- Returns nil, or id, fence, attempts in this round, flat record.
local function take_next(lease_ms, fewest_attempts, token)
  local now = now_ms()
  for _ = 1, MOST do
    local message = redis.call('LINDEX', KEY.queue, -1)
    local id = message and hinted(message)
    if not id then
      return nil
    end
    local event = look(id, now)
    if event and event.free and (event.used >= fewest_attempts or event.state == 'running') then
      return nil
    end
    redis.call('RPOP', KEY.queue)
    if event and event.free then
      return id, lease(id, event, now, lease_ms, token)
    end
  end
  return nil
end

-- The reply of a script that has recorded a result. `lease_ms` is '' when nothing more is wanted.
local function recorded(lease_ms, fewest_attempts, token)
  if lease_ms == '' then
    return {1}
  end
  return {1, take_next(tonumber(lease_ms), tonumber(fewest_attempts), token)}
end
