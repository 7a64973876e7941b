-- ADOPT: hints under the names of earlier releases come into the queue of today, in their order.
-- ARGV: the cursor of HSCAN. Returns: its next cursor, how many hints came.
-- Another application may use the same names, for anything: what is no hint of ours stays, and what cannot be read
-- holds none of ours.

local MANY = 100
-- Delivery tags of ours. kombu's own are UUIDs, whose 33rd character is no hyphen; their values are not read at all.
local TAGS = string.rep('[0-9a-f]', 32) .. '-*'
local IN_HAND = '^%[(.*), "", "' .. QUEUE .. '"%]$'

local adopted = 0
local function take(message)
  if not message or not hinted(message) then
    return false
  end
  redis.call('RPUSH', KEY.queue, message)
  adopted = adopted + 1
  return true
end

local waiting = redis.pcall('LRANGE', KEY.former_queue, -MANY, -1)
for _, message in ipairs(waiting) do
  if take(message) then
    redis.call('LREM', KEY.former_queue, -1, message)
  end
end

local found = redis.pcall('HSCAN', KEY.former_unacked, ARGV[1], 'MATCH', TAGS, 'COUNT', MANY)
if found.err then
  return {'0', adopted}
end
for at = 1, #found[2], 2 do
  local tag, value = found[2][at], found[2][at + 1]
  -- The message's own text: encoded again, its empty lists would become objects.
  if take(string.match(value, IN_HAND)) then
    redis.call('HDEL', KEY.former_unacked, tag)
    redis.call('ZREM', KEY.former_unacked_index, tag)
  end
end
return {found[1], adopted}
