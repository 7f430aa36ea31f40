-- Which of the commands that the others here make may the user of this connection not run on these keys? Runs none.
-- KEYS: of a door: grant, events, claimed; or of the processes: process, processes (in a cluster, another slot)
-- Returns: the names of those that are refused; false where this server cannot say (before Redis 7)
if not redis.acl_check_cmd then return false end
local commands
if #KEYS == 3 then
  local grant, events, claimed = unpack(KEYS)
  commands = {
    { 'PTTL', grant }, { 'TYPE', grant }, { 'HGET', grant, 'ip' }, { 'HMGET', grant, 'ip' }, { 'DEL', grant },
    { 'HSET', grant, 'ip', '' }, { 'PEXPIRE', grant, '1' }, { 'XADD', events, '*', 'event', '' },
    { 'XREVRANGE', events, '+', '-' }, { 'SADD', claimed, '' }, { 'SMISMEMBER', claimed, '' }, { 'TIME' }, { 'PING' },
  }
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
