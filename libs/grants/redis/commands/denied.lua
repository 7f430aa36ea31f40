-- Which of the commands that the others here make may the user of this connection not run on these keys? Runs none.
-- KEYS: of a door: grant, events, claimed, and if attempts are shared: state, first, advanced, lost; or of the processes: process, processes (in a cluster, another slot)
-- Returns: the names of those that are refused; false where this server cannot say (before Redis 7)
if not redis.acl_check_cmd then return false end
local commands
if #KEYS >= 3 then
  local grant, events, claimed, state, first, advanced, lost = unpack(KEYS)
  commands = {
    { 'PTTL', grant }, { 'TYPE', grant }, { 'HGET', grant, 'ip' }, { 'HMGET', grant, 'ip' }, { 'DEL', grant },
    { 'HSET', grant, 'ip', '' }, { 'PEXPIRE', grant, '1' }, { 'XADD', events, '*', 'event', '' },
    { 'XREVRANGE', events, '+', '-' }, { 'SADD', claimed, '' }, { 'SMISMEMBER', claimed, '' }, { 'TIME' }, { 'PING' },
  }
  for _, key in ipairs({ state, lost }) do -- none where they are local
    for _, command in ipairs({ { 'HMGET', key, '' }, { 'HSET', key, '', '' }, { 'PEXPIRE', key, '1' } }) do
      commands[#commands + 1] = command
    end
  end
  if state then
    for _, command in ipairs({ { 'HDEL', state, '' }, { 'HLEN', state }, { 'DEL', state, first, advanced } }) do
      commands[#commands + 1] = command
    end
  end
  for _, key in ipairs({ first, advanced }) do
    for _, command in ipairs({
      { 'ZADD', key, '0', '' }, { 'ZREM', key, '' }, { 'ZCARD', key }, { 'ZRANGE', key, '0', '-1' },
      { 'ZRANGEBYSCORE', key, '0', '0' }, { 'PEXPIRE', key, '1' },
    }) do
      commands[#commands + 1] = command
    end
  end
else
  local process, processes = unpack(KEYS)
  commands = {
    { 'DEL', process }, { 'HSET', process, 'host', '' }, { 'PEXPIRE', process, '1' }, { 'HGETALL', process },
    { 'ZADD', processes, '0', '' }, { 'ZREM', processes, '' }, { 'ZREMRANGEBYSCORE', processes, '0', '0' },
    { 'ZRANGE', processes, '0', '-1' },
  }
end
local denied = {}
for _, command in ipairs(commands) do
  if not redis.acl_check_cmd(unpack(command)) then denied[#denied + 1] = command[1] end
end
return denied
