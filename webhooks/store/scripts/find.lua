-- FIND: one whole record, read in one step so that its parts belong together.
-- ARGV: id. Returns: flat record, empty when it is unknown

return whole_of(ARGV[1])
