-- Raises an epoch's watermark and drops the segments that lie wholly at or below it.
--
-- ARGV[1] generation   ARGV[2] epoch   ARGV[3] the new watermark: every sequence up to it is applied
-- Answers 1, or 0 if the generation is absent or another.

if redis.call('GET', 'odds:generation') ~= ARGV[1] then return 0 end
local epoch, new = ARGV[2], tonumber(ARGV[3])
local old = tonumber(redis.call('HGET', 'odds:watermark', epoch) or 0)
if new <= old then return 1 end
redis.call('HSET', 'odds:watermark', epoch, ARGV[3])
for segment = math.floor(old / 65536), math.floor((new + 1) / 65536) - 1 do
    redis.call('UNLINK', 'odds:applied:' .. epoch .. ':' .. string.format('%.0f', segment))
end
return 1
