-- Reads grants. The key and its TTL are the truth, the hash is for people: a key of another type still counts.
-- KEYS: any number of grants
-- Returns: JSON, which costs a client a third of what nested replies cost it: for each key
-- [ pttl, granted_at, expires_at, method, listener, ends_at ]; pttl is -2 without a key, -1 without a TTL;
-- ends_at is when it ends on the store's clock, in milliseconds, or some earlier if this took long
local MAX_TEXT = 256 -- of what the hash says: whoever wrote it by hand may have written a gigabyte
local function text(value) return string.sub(value or '', 1, MAX_TEXT) end
local now = now_ms()
local found = {}
for i, key in ipairs(KEYS) do
  local fields = redis.pcall('HMGET', key, 'granted_at', 'expires_at', 'method', 'listener') -- an error for other types
  local pttl = redis.call('PTTL', key)
  found[i] = { pttl, text(fields[1]), text(fields[2]), text(fields[3]), text(fields[4]), now + pttl }
end
return cjson.encode(found)
