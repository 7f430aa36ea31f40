-- Advances the attempts at a door by packets, in their order, in one step. The rules are those of DoorAttempts (libs/knock).
-- KEYS: state, first, advanced, lost
-- ARGV: steps, timeout_ms, max_first, max_advanced, ttl_ms, losses, loss …, packet …
--   losses: how many follow, or all. A loss is a number for the sources (loss_of) of which packets have been lost.
--   packet: IP FINGERPRINT STEPS. STEPS: which of the sequence's its port is, as ,1,3, or - for none, or x: none, and it never voids
-- Returns: attempts in first, in advanced; then of each packet that did something: its place from 0, verdict, stage before it
local state, first, advanced, lost = unpack(KEYS)
local last, timeout = tonumber(ARGV[1]), ARGV[2] * 1000
local CLOCK_SET_BACK = 1000000 -- microseconds: an attempt that began so far in the future had another clock
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- As lossOf in libs/grants/redis/loss-of.ts.
local function loss_of(source)
  local sum = 0
  for i = 1, #source do sum = (sum * 257 + string.byte(source, i)) % 65521 end
  return sum
end

local at, all, losses = 7, ARGV[6] == 'all', {}
if not all then
  for i = 7, 6 + ARGV[6] do losses[tonumber(ARGV[i])] = true end
  at = 7 + ARGV[6]
end
local losing = all or next(losses) ~= nil
local function loses(source)
  return losing and (all or losses[loss_of(source)] == true)
end

local sources, fingerprints, steps = {}, {}, {}
for i = at, #ARGV do
  local n = i - at + 1
  sources[n], fingerprints[n], steps[n] = string.match(ARGV[i], '^(%S+) (%d+) (%S+)$')
end

local attempts, rooms, known = {}, {}, {}
if #sources > 0 then
  for n, text in ipairs(redis.call('HMGET', state, unpack(sources))) do
    local source = sources[n]
    if text and not attempts[source] then
      local stage, started, fingerprint = string.match(text, '^(%d+) (%d+) (%d+)$')
      if stage then -- else somebody else has written it: no attempt
        attempts[source] = { stage = tonumber(stage), started = tonumber(started), fingerprint = fingerprint }
        rooms[source] = stage == '1' and first or advanced
        known[#known + 1] = source
      end
    end
  end
end
if #known > 0 then
  -- SECURITY: a packet that was lost may have been one that voids
  local asked = { 'all' }
  for i, source in ipairs(known) do asked[i + 1] = loss_of(source) end
  local since = redis.call('HMGET', lost, unpack(asked))
  local of_all = tonumber(since[1] or 0) or math.huge
  for i, source in ipairs(known) do
    local attempt = attempts[source]
    attempt.lost = math.max(of_all, tonumber(since[i + 1] or 0) or math.huge) >= attempt.started or loses(source)
  end
end

local reply, changed, order = { 0, 0 }, {}, {}
local function tell(n, verdict, stage)
  local size = #reply
  reply[size + 1], reply[size + 2], reply[size + 3] = n - 1, verdict, stage
end
local function put(source, attempt)
  attempts[source] = attempt
  if not changed[source] then
    changed[source] = true
    order[#order + 1] = source
  end
end
local function begin(n, verdict, before)
  tell(n, last == 1 and 'completed' or verdict, before)
  put(sources[n], last > 1 and { stage = 1, started = now + n, fingerprint = fingerprints[n] } or nil)
end

for n, source in ipairs(sources) do
  local starts = string.sub(steps[n], 1, 3) == ',1,'
  local attempt = attempts[source]
  if attempt and attempt.lost then
    tell(n, 'lost', attempt.stage)
    put(source, nil)
    attempt = nil
  end
  if not attempt then
    if starts and not loses(source) then begin(n, 'advanced', 0) end
  else
    local stage, age = attempt.stage, now + n - attempt.started
    local repeats = string.find(steps[n], ',' .. stage .. ',', 1, true)
    local expected = string.find(steps[n], ',' .. stage + 1 .. ',', 1, true)
    if age > timeout or age < -CLOCK_SET_BACK then
      if starts then
        begin(n, 'late_restarted', stage)
      else
        tell(n, 'late', stage)
        put(source, nil)
      end
    elseif expected and not (repeats and fingerprints[n] == attempt.fingerprint) then
      tell(n, stage + 1 == last and 'completed' or 'advanced', stage)
      put(source, stage + 1 < last and { stage = stage + 1, started = attempt.started, fingerprint = fingerprints[n] } or nil)
    elseif repeats then
      tell(n, 'repeat', stage)
    elseif steps[n] == 'x' then
      tell(n, 'exempt', stage)
    elseif starts then
      begin(n, 'restarted', stage)
    else
      tell(n, 'voided', stage)
      put(source, nil)
    end
  end
end

local ended, written, added, left = {}, {}, { [first] = {}, [advanced] = {} }, { [first] = {}, [advanced] = {} }
for _, source in ipairs(order) do
  local attempt, was = attempts[source], rooms[source]
  local is = attempt and (attempt.stage == 1 and first or advanced)
  if attempt then
    local started = string.format('%.0f', attempt.started)
    written[#written + 1] = source
    written[#written + 1] = string.format('%d %s %s', attempt.stage, started, attempt.fingerprint)
    table.insert(added[is], started)
    table.insert(added[is], source)
  elseif was then
    ended[#ended + 1] = source
  end
  if was and was ~= is then table.insert(left[was], source) end
end
if #ended > 0 then redis.call('HDEL', state, unpack(ended)) end
if #written > 0 then redis.call('HSET', state, unpack(written)) end
for i, room in ipairs({ first, advanced }) do
  if #left[room] > 0 then redis.call('ZREM', room, unpack(left[room])) end
  if #added[room] > 0 then redis.call('ZADD', room, unpack(added[room])) end
  -- who came first makes room; a thousand at once, where the bound is another one than before
  local over = math.min(redis.call('ZCARD', room) - ARGV[2 + i], 1000)
  if over > 0 then
    local oldest = redis.call('ZRANGE', room, 0, over - 1)
    redis.call('ZREM', room, unpack(oldest))
    redis.call('HDEL', state, unpack(oldest))
  end
  reply[i] = redis.call('ZCARD', room)
end
if losing then
  local marks, until_now = {}, string.format('%.0f', now + #sources)
  if all then marks = { 'all', until_now } end
  for loss in pairs(losses) do
    marks[#marks + 1] = loss
    marks[#marks + 1] = until_now
  end
  for from = 1, #marks, 1000 do redis.call('HSET', lost, unpack(marks, from, math.min(from + 999, #marks))) end
  redis.call('PEXPIRE', lost, ARGV[5])
end
if #written > 0 then
  for _, key in ipairs({ state, first, advanced }) do redis.call('PEXPIRE', key, ARGV[5]) end
end
return reply
