-- One step of a rebuild. Each step names the rebuild it belongs to: when another rebuild has begun,
-- or Redis has lost its data, nothing is done.
--
-- ARGV[1] the rebuild's token   ARGV[2] verb
-- 'remove'     ARGV[3...] keys
-- 'games'      ARGV[3] lines "game bets", each followed by its lines "=selection whole remainder"
-- 'retired'    ARGV[3...] games without counters
-- 'applied'    ARGV[3] key   ARGV[4] the segment's bits
-- 'watermark'  ARGV[3] epoch   ARGV[4] sequence
-- 'finish'     ARGV[3] total   ARGV[4] generation   ARGV[5] number of games with a counter
-- Answers 1, or 0 if the rebuild is not the current one.

local token, verb = ARGV[1], ARGV[2]
if redis.call('GET', 'odds:rebuild') ~= token then return 0 end

if verb == 'remove' then
    for at = 3, #ARGV, 1000 do
        redis.call('UNLINK', unpack(ARGV, at, math.min(at + 999, #ARGV)))
    end
elseif verb == 'games' then
    local pool
    for line in ARGV[3]:gmatch('([^\n]+)\n') do
        if line:byte() == 61 then
            local selection, whole, rest = line:match('^=(%S+) (%d+) (%d+)$')
            redis.call('HSET', pool, selection, whole, selection .. '|r', rest)
        else
            local game, bets = line:match('^(%S+) (%d+)$')
            pool = 'game:' .. game .. ':pool'
            redis.call('SET', 'game:' .. game .. ':odds_updates', bets)
        end
    end
elseif verb == 'retired' then
    for at = 3, #ARGV, 1000 do
        redis.call('SADD', 'odds:retired', unpack(ARGV, at, math.min(at + 999, #ARGV)))
    end
elseif verb == 'applied' then
    redis.call('SET', ARGV[3], ARGV[4])
elseif verb == 'watermark' then
    redis.call('HSET', 'odds:watermark', ARGV[3], ARGV[4])
elseif verb == 'finish' then
    redis.call('SET', 'odds:total', ARGV[3])
    redis.call('SET', 'odds:games', ARGV[5])
    redis.call('SET', 'odds:generation', ARGV[4])
    redis.call('DEL', 'odds:rebuild')
end
return 1
