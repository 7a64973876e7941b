-- PAGE: ids, the latest first, merged from the lists of several sources and states in one step, so that an event which
-- moves from list to list between two pages stands in exactly one of them at each.
-- ARGV: source or '*', type or '', oldest score, newest score (both for ZRANGE), id of the last entry that was looked at
-- or '', size, then states. Returns nil when there is no more, else: score and id of the last entry, ids

local MOST = 1000
local lists = {}
for _, source in ipairs(ARGV[1] == '*' and sources() or {ARGV[1]}) do
  for position = 7, #ARGV do
    lists[#lists + 1] = KEY.state .. source .. ':' .. ARGV[position]
  end
end
local kind, oldest, newest, last, score = ARGV[2], ARGV[3], ARGV[4], ARGV[5], tonumber(ARGV[4])
local size = math.max(1, math.min(tonumber(ARGV[6]), math.floor(MOST / #lists)))

-- Byte by byte, as a sorted set has its members; Lua would go by the server's locale.
local function above(one, other)
  for position = 1, math.min(#one, #other) do
    local left, right = string.byte(one, position), string.byte(other, position)
    if left ~= right then
      return left > right
    end
  end
  return #one > #other
end

local function later(one, other)
  if one.score ~= other.score then
    return one.score > other.score
  end
  return above(one.id, other.id)
end

-- At most `size` entries of a list after the last one; those of its own moment are passed over.
local function entries_of(list)
  local found, offset = {}, 0
  repeat
    local read = redis.call('ZRANGE', list, newest, oldest, 'BYSCORE', 'REV', 'LIMIT', offset, size, 'WITHSCORES')
    for position = 1, #read, 2 do
      local entry = {id = read[position], score = tonumber(read[position + 1])}
      if (last == '' or entry.score < score or above(last, entry.id)) and #found < size then
        found[#found + 1] = entry
      end
    end
    offset = offset + size
  until #found == size or #read < 2 * size
  return found
end

local entries, bound = {}, nil
for _, list in ipairs(lists) do
  local found = entries_of(list)
  for _, entry in ipairs(found) do
    entries[#entries + 1] = entry
  end
  -- A list that has more says nothing of what comes after its last entry here.
  if #found == size and (not bound or later(found[size], bound)) then
    bound = found[size]
  end
end
if #entries == 0 then
  return nil
end
table.sort(entries, later)
local ids, reached = {}, nil
for _, entry in ipairs(entries) do
  if bound and later(bound, entry) then
    break
  end
  reached = entry
  if kind == '' or redis.call('HGET', KEY.event .. entry.id, 'type') == kind then
    ids[#ids + 1] = entry.id
  end
end
return {whole(reached.score), reached.id, ids}
