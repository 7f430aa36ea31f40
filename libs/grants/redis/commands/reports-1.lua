-- Reads how the processes are. A key of the index that is gone, or of another type, is none, nor is what is too large for one.
-- KEYS: processes (the keys that it names are read too)
-- Returns: for each process { field, value, field, value … }
local MAX_PROCESSES, MAX_TEXTS, MAX_BYTES = 1000, 64, 1024 * 1024
local found = {}
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, MAX_PROCESSES - 1)) do
  local fields = redis.pcall('HGETALL', key)
  if not fields.err and #fields > 0 and #fields <= MAX_TEXTS then
    local bytes = 0
    for _, text in ipairs(fields) do bytes = bytes + #text end
    if bytes <= MAX_BYTES then found[#found + 1] = fields end
  end
end
return found
