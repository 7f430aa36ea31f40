-- Which of the commands that the others here make may the user of this connection not run on a door's keys? Runs none.
-- KEYS: grant, events, claimed
-- Returns: the names of those that are refused; false where this server cannot say (before Redis 7)
if not redis.acl_check_cmd then return false end
local grant, events, claimed = KEYS[1], KEYS[2], KEYS[3]
local denied = {}
for _, command in ipairs({
  { 'PTTL', grant }, { 'TYPE', grant }, { 'HGET', grant, 'ip' }, { 'HMGET', grant, 'ip' }, { 'DEL', grant },
  { 'HSET', grant, 'ip', '' }, { 'PEXPIRE', grant, '1' }, { 'XADD', events, '*', 'event', '' },
  { 'XREVRANGE', events, '+', '-' }, { 'SADD', claimed, '' }, { 'SMISMEMBER', claimed, '' }, { 'TIME' }, { 'PING' },
}) do
  if not redis.acl_check_cmd(unpack(command)) then denied[#denied + 1] = command[1] end
end
return denied
