-- RECORD: what one handler did, at once, so that a later crash does not run it again.
-- ARGV: id, fence, handler field, value. Returns 1 | 0

if not held(ARGV[1], ARGV[2]) then
  return 0
end
tell(ARGV[1], {ARGV[3], ARGV[4]})
return 1
