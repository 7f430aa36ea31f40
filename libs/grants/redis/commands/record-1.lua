-- Adds an entry to a door's audit trail, stamped with the store's clock.
-- KEYS: events    ARGV: max_events, event, field, value, field, value …
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'event', ARGV[2], 'at', iso(now_ms()), unpack(ARGV, 3))
return 1
