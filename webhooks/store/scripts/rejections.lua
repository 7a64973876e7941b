-- REJECTIONS: the newest first, without their bodies.
-- ARGV: source or '*', most. Returns for each: number, at, source, facts, 1 | 0 for a kept body

local found = {}
for _, number in ipairs(redis.call('ZRANGE', KEY.rejections, 0, -1, 'REV')) do
  local key = KEY.rejection .. number
  local record = redis.call('HMGET', key, 'at', 'source', 'facts')
  if record[1] and (ARGV[1] == '*' or record[2] == ARGV[1]) then
    found[#found + 1] = {number, record[1], record[2], record[3], redis.call('HEXISTS', key, 'body')}
    if #found >= tonumber(ARGV[2]) then
      break
    end
  end
end
return found
