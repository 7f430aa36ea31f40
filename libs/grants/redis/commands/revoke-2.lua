-- Ends a grant, with its event, in one step.
-- KEYS: grant, events    ARGV: ip, by, max_events
-- Returns: 1 if there was one, else 0
local granted_at = ''
if redis.call('TYPE', KEYS[1]).ok == 'hash' then
  granted_at = redis.call('HGET', KEYS[1], 'granted_at') or ''
end
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'event', 'revoked', 'at', iso(now_ms()), 'ip', ARGV[1],
  'by', ARGV[2], 'granted_at', granted_at)
return 1
