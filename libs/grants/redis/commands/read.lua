-- Reads grants. The key and its TTL are the truth, the hash is for people: a key of another type still counts.
-- KEYS: any number of grants
-- Returns: for each key { pttl, granted_at, expires_at, method, listener, ends_at }; pttl is -2 without a key, -1 without a TTL;
-- ends_at is when it ends on the store's clock, in milliseconds, or some earlier if this took long
local now = now_ms()
local found = {}
for i, key in ipairs(KEYS) do
  local fields = redis.pcall('HMGET', key, 'granted_at', 'expires_at', 'method', 'listener') -- an error for other types
  local pttl = redis.call('PTTL', key)
  found[i] = { pttl, fields[1] or '', fields[2] or '', fields[3] or '', fields[4] or '', now + pttl }
end
return found
