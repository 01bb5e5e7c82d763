-- Takes the counters of games away. Their bets go on counting in odds:total.
--
-- ARGV[1] generation   ARGV[2...] games
-- Answers 1, or 0 if the generation is absent or another.

if redis.call('GET', 'odds:generation') ~= ARGV[1] then return 0 end
local taken = 0
for at = 2, #ARGV do
    local game = ARGV[at]
    redis.call('SADD', 'odds:retired', game)
    taken = taken + redis.call('UNLINK', 'game:' .. game .. ':odds_updates')
    redis.call('UNLINK', 'game:' .. game .. ':pool')
end
if taken > 0 then redis.call('DECRBY', 'odds:games', taken) end
return 1
