-- SWEEP: what is due, pushed forward so that the next sweep does not hint it again at once.
-- ARGV: backlog, limit, push_ms, worker. Returns for each event: id, source, type, attempts

local now = now_ms()
-- Who sweeps is alive: this is how an operator sees that there are workers at all.
redis.call('ZADD', KEY.workers, whole(now), ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEY.workers, '-inf', whole(now - 86400000))
local backlog = redis.call('LLEN', KEY.queue) >= tonumber(ARGV[1])
if not backlog then
  redis.call('DEL', KEY.behind)
end
local found = {}
for _, id in ipairs(redis.call('ZRANGE', KEY.due, '-inf', whole(now), 'BYSCORE', 'LIMIT', 0, ARGV[2])) do
  local event = redis.call('HMGET', KEY.event .. id, 'type', 'attempts', 'state')
  if not event[1] then
    redis.call('ZREM', KEY.due, id)
  elseif not backlog then
    due_at(id, now + tonumber(ARGV[3]))
    found[#found + 1] = {id, source_of(id), event[1], event[2]}
  elseif event[3] ~= 'queued' and redis.call('SADD', KEY.behind, id .. '.' .. event[2]) == 1 then
    -- It stays due: should its place in the queue be lost, it is hinted once more when the backlog is gone.
    found[#found + 1] = {id, source_of(id), event[1], event[2]}
  end
end
return found
