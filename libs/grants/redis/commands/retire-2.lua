-- Forgets a process, which ends in good order.
-- KEYS: process, processes
-- Returns: 1 if it was known, else 0
redis.call('ZREM', KEYS[2], KEYS[1])
return redis.call('DEL', KEYS[1])
