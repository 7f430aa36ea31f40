-- Says how a process is, under a key that ends soon after the process did; and in the index, who has said so of late.
-- KEYS: process, processes    ARGV: ttl_ms, field, value, field, value …
local now, ttl = now_ms(), tonumber(ARGV[1])
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('ZADD', KEYS[2], now, KEYS[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - ttl)
redis.call('PEXPIRE', KEYS[2], ttl)
return 1
