-- Reads how the processes are. A key of the index that is gone, or of another type, is none.
-- KEYS: processes (the keys that it names are read too)
-- Returns: for each process { field, value, field, value … }
local found = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local fields = redis.pcall('HGETALL', key)
  if not fields.err and #fields > 0 then found[#found + 1] = fields end
end
return found
