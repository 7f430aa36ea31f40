-- Put in front of commands that are given entries for a door's audit trail, as their last arguments: of each entry how many texts
-- follow, then event, field, value, field, value …
local function add_entries(events, max_events, now, from)
  local at = iso(now)
  while ARGV[from] do
    local last = from + ARGV[from]
    redis.call('XADD', events, 'MAXLEN', '~', max_events, '*', 'event', ARGV[from + 1], 'at', at, unpack(ARGV, from + 2, last))
    from = last + 1
  end
end
