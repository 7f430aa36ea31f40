-- Opens a grant, or extends the one that lives: TTL = max(what is left, ttl_ms); with its event, in one step.
-- KEYS: grant, events    ARGV: door, ip, ttl_ms, method, listener, max_events, entry … that is ahead of it in the trail
-- Returns: 'opened' | 'extended', ttl_ms, granted_at, expires_at
local door, ip, method, listener = ARGV[1], ARGV[2], ARGV[4], ARGV[5]
local now = now_ms()
local left = redis.call('PTTL', KEYS[1])
local kind, granted_at = 'opened', iso(now)
-- granted in the future: this clock was set back, and what is left is too much
local since = redis.pcall('HGET', KEYS[1], 'granted_at')
if type(since) == 'string' and since > granted_at then left = 0 end
if left > 0 then
  kind = 'extended'
  if redis.call('TYPE', KEYS[1]).ok == 'hash' then
    granted_at = redis.call('HGET', KEYS[1], 'granted_at') or granted_at
  else
    redis.call('DEL', KEYS[1]) -- a key made by hand with SET: it becomes a grant like any other
  end
else
  redis.call('DEL', KEYS[1]) -- without a TTL it was no grant
end
local ttl = math.max(left, tonumber(ARGV[3]))
local expires_at = iso(now + ttl)
redis.call('HSET', KEYS[1], 'door', door, 'ip', ip, 'granted_at', granted_at, 'expires_at', expires_at,
  'method', method, 'listener', listener)
redis.call('PEXPIRE', KEYS[1], ttl)
add_entries(KEYS[2], ARGV[6], now, 7)
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[6], '*', 'event', kind, 'at', iso(now), 'ip', ip,
  'ttl', tostring(ttl / 1000), 'method', method, 'listener', listener, 'granted_at', granted_at)
return { kind, ttl, granted_at, expires_at }
