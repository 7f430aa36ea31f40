-- Records how a grant ended, once: every gateway sees the end, and a revocation has recorded itself.
-- KEYS: grant, events    ARGV: ip, granted_at, event, max_events, ends_at (or nothing, where that is not known)
-- Returns: 1 if recorded, 0 if it is recorded already or the grant lives on
local LOOK_BACK = 200 -- entries: bounds the search; beyond it an end may be recorded twice, never lost
local ip, granted_at = ARGV[1], ARGV[2]
-- a gateway's deadline is a little earlier than the key's: with that little left it has ended
local NEARLY_OVER_MS = 100
-- More, and the key's deadline is still the one that the gateway knew: our clock was set back. The gateway's is monotonic, and the
-- key is not to open the door once more.
local CLOCK_STEP_MS, SAME_DEADLINE_MS = 3000, 100
local ends_at = tonumber(ARGV[5]) or 0
local left = redis.call('PTTL', KEYS[1])
if ARGV[3] == 'expired' and left > CLOCK_STEP_MS and math.abs(now_ms() + left - ends_at) < SAME_DEADLINE_MS then
  redis.call('DEL', KEYS[1])
elseif left > NEARLY_OVER_MS and redis.call('TYPE', KEYS[1]).ok == 'hash' and redis.call('HGET', KEYS[1], 'granted_at') == granted_at then
  return 0
end
for _, entry in ipairs(redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', LOOK_BACK)) do
  local fields = {}
  for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
  if fields.ip == ip and fields.granted_at == granted_at then
    if fields.event == 'expired' or fields.event == 'revoked' then return 0 end
    if fields.event == 'opened' then break end
  end
end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[4], '*', 'event', ARGV[3], 'at', iso(now_ms()), 'ip', ip,
  'granted_at', granted_at)
return 1
