-- wrk -s think.lua URL -- MEAN FIRST CONNECTIONS: each connection rests for a random time of that mean, in ms, before each
-- request, and for FIRST ms more before its first: by then all of them are open, and no answer waits for that.
-- Exponentially distributed, so many connections together ask as strangers do, at no fixed beat.
local mean, first, unused

function init(args)
  mean, first, unused = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
  math.randomseed(1)
end

function delay()
  local rest = -math.log(1 - math.random()) * mean
  -- Nobody comes here a second time before everybody was here once: FIRST is long for that.
  if unused == 0 then return rest end
  unused = unused - 1
  return first + rest
end
