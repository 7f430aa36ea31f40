-- wrk -s think.lua URL -- MEAN: each connection rests for a random time of that mean, in ms, before each request.
-- Exponentially distributed, so many connections together ask as strangers do, at no fixed beat.
local mean

function init(args)
  mean = tonumber(args[1])
  math.randomseed(1)
end

function delay()
  return -math.log(1 - math.random()) * mean
end
