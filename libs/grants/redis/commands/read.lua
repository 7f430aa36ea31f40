-- Reads grants. The key and its TTL are the truth, the hash is for people: a key of another type still counts.
-- KEYS: any number of grants
-- Returns: for each key { pttl, granted_at, expires_at, method, listener }; pttl is -2 without a key, -1 without a TTL
local MAX_TEXT = 256 -- of what the hash says: whoever wrote it by hand may have written a gigabyte
local function text(value) return string.sub(value or '', 1, MAX_TEXT) end
local found = {}
for i, key in ipairs(KEYS) do
  local fields = redis.pcall('HMGET', key, 'granted_at', 'expires_at', 'method', 'listener') -- an error for other types
  found[i] = { redis.call('PTTL', key), text(fields[1]), text(fields[2]), text(fields[3]), text(fields[4]) }
end
return found
