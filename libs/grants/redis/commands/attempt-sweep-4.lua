-- Ends the attempts at a door whose time is over. Who asks first is told of each, and nobody else.
-- KEYS: state, first, advanced, lost    ARGV: timeout_ms, max (in each room, in this call)
-- Returns: 1 if there may be more, else 0; attempts in first, in advanced; then IP, stage of each that has ended
local state, first, advanced = unpack(KEYS)
local time = redis.call('TIME')
local before = string.format('(%.0f', time[1] * 1000000 + time[2] - ARGV[1] * 1000)
local reply = { 0, 0, 0 }
for i, room in ipairs({ first, advanced }) do
  local over = redis.call('ZRANGEBYSCORE', room, '-inf', before, 'LIMIT', 0, ARGV[2])
  if #over > 0 then
    for n, text in ipairs(redis.call('HMGET', state, unpack(over))) do
      local stage = text and string.match(text, '^%d+') -- none: somebody else has written it
      if stage then
        reply[#reply + 1] = over[n]
        reply[#reply + 1] = tonumber(stage)
      end
    end
    redis.call('HDEL', state, unpack(over))
    redis.call('ZREM', room, unpack(over))
    if #over == tonumber(ARGV[2]) then reply[1] = 1 end
  end
  reply[i + 1] = redis.call('ZCARD', room)
end
-- a key that somebody has deleted, or that Redis has thrown out: what is left could not be bounded
if redis.call('HLEN', state) ~= reply[2] + reply[3] then
  redis.call('DEL', state, first, advanced)
  reply[2], reply[3] = 0, 0
end
return reply
