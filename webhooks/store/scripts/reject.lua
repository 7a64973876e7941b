-- REJECT: keep why deliveries were refused, the newest only, each for a while.
-- ARGV: most, keep_ms, then for each: source, facts, has_body, body. Returns the numbers

local most, keep_ms = tonumber(ARGV[1]), ARGV[2]
local now = whole(now_ms())
local numbers = {}
for position = 3, #ARGV, 4 do
  local number = redis.call('INCR', KEY.rejection_count)
  local key = KEY.rejection .. whole(number)
  redis.call('HSET', key, 'at', now, 'source', ARGV[position], 'facts', ARGV[position + 1])
  if ARGV[position + 2] == '1' then
    redis.call('HSET', key, 'body', ARGV[position + 3])
  end
  redis.call('PEXPIRE', key, keep_ms)
  redis.call('ZADD', KEY.rejections, whole(number), whole(number))
  numbers[#numbers + 1] = number
end
redis.call('PEXPIRE', KEY.rejections, keep_ms)
-- Redis lets go of the old ones by itself; their numbers stay until newer ones push them out.
local over = redis.call('ZCARD', KEY.rejections) - most
if over > 0 then
  for _, number in ipairs(redis.call('ZRANGE', KEY.rejections, 0, over - 1)) do
    redis.call('DEL', KEY.rejection .. number)
  end
  redis.call('ZREMRANGEBYRANK', KEY.rejections, 0, over - 1)
end
return numbers
