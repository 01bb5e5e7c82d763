-- Applies the effect of a batch to the odds projection, each sequence of the stream at most once.
-- Everything that could fail is checked before the first write, so it does all or nothing.
--
-- ARGV[1] generation   ARGV[2] epoch   ARGV[3] mode
-- mode 'batch': every sequence is expected to be new.
--   ARGV[4] one line a market, lines of a game together: "game selection bets whole remainder"
--   ARGV[5] the lowest sequence
--   ARGV[6...] triples: segment, first byte, the bits to set from that byte on
-- mode 'each': sequences that were applied before are left out.
--   ARGV[4] one line a market, lines of a game together: "game selection"
--   ARGV[5] one line a sequence: "sequence market whole remainder", market counted from 1, 0 = none
--
-- Answers {'applied', count} (count in mode 'each' only), {'overlap'} (mode 'batch': a sequence was
-- applied before), {'generation'} (absent or another), {'refused', key} (the key holds what it
-- should not, or has no headroom). Only 'applied' changes anything.
--
-- A game in the set odds:retired has no keys of its own; its bets count in odds:total alone. odds:games
-- is the number of games that have a counter.
--
-- Numbers in Lua are doubles, exact up to 2^53: a total of 16 digits has no headroom, and a batch adds
-- less than 2^52. Numbers go to Redis as text, because Lua may print them as 1e+15.

local band, floor, format = bit.band, math.floor, string.format
local call, try = redis.call, redis.pcall
local pack, unpack_words = struct.pack, struct.unpack
local REMAINDER = 100000000
local DIGITS_MAX = 15
-- Keys in one call, within what unpack() can do.
local CHUNK = 1000
local WORDS = '<I4I4I4I4'

local generation, epoch, mode = ARGV[1], ARGV[2], ARGV[3]

local function failed(reply)
    return type(reply) == 'table' and reply.err ~= nil
end

-- Whether a counter (false if there is none) is a number with room for any batch.
local function is_counter(text)
    return not text or (#text > 0 and #text <= DIGITS_MAX and not text:find('%D'))
end

-- The union of two bit strings, nil if they share a bit. `mask` is at least as long as `old`.
local function disjoint_union(old, mask)
    local parts, count, at = {}, 0, 1
    while at + 15 <= #old do
        local a, b, c, d = unpack_words(WORDS, old, at)
        local e, f, g, h = unpack_words(WORDS, mask, at)
        if band(a, e) ~= 0 or band(b, f) ~= 0 or band(c, g) ~= 0 or band(d, h) ~= 0 then
            return nil
        end
        count = count + 1
        parts[count] = pack(WORDS, a + e, b + f, c + g, d + h)
        at = at + 16
    end
    while at <= #old do
        local a, b = old:byte(at), mask:byte(at)
        if band(a, b) ~= 0 then return nil end
        count = count + 1
        parts[count] = string.char(a + b)
        at = at + 1
    end
    parts[count + 1] = mask:sub(at)
    return table.concat(parts)
end

-- What is to be written: bit strings or single bits, and markets as parallel arrays.
local ranges, bits, bits_set = {}, {}, 0
local market_game, market_selection, market_bets = {}, {}, {}
local market_whole, market_rest, markets = {}, {}, 0

local function read_batch(watermark)
    if tonumber(ARGV[5]) <= watermark then return {'overlap'} end
    for at = 6, #ARGV, 3 do
        local key = 'odds:applied:' .. epoch .. ':' .. ARGV[at]
        local first, mask = tonumber(ARGV[at + 1]), ARGV[at + 2]
        local old = try('GETRANGE', key, first, first + #mask - 1)
        if failed(old) then return {'refused', key} end
        local union = disjoint_union(old, mask)
        if not union then return {'overlap'} end
        ranges[#ranges + 1] = {key, first, union}
    end
    for game, selection, bets, whole, rest in
        ARGV[4]:gmatch('(%S+) (%S+) (%d+) (%d+) (%d+)\n')
    do
        markets = markets + 1
        market_game[markets], market_selection[markets] = game, selection
        market_bets[markets] = tonumber(bets)
        market_whole[markets], market_rest[markets] = tonumber(whole), tonumber(rest)
    end
end

local function read_each(watermark)
    local games, selections, listed = {}, {}, 0
    local bets, wholes, rests = {}, {}, {}
    for game, selection in ARGV[4]:gmatch('(%S+) (%S+)\n') do
        listed = listed + 1
        games[listed], selections[listed] = game, selection
        bets[listed], wholes[listed], rests[listed] = 0, 0, 0
    end
    local seen = {}
    for sequence, market, whole, rest in ARGV[5]:gmatch('(%d+) (%d+) (%d+) (%d+)\n') do
        local number = tonumber(sequence)
        if number > watermark and not seen[number] then
            seen[number] = true
            local key = 'odds:applied:' .. epoch .. ':' .. format('%d', floor(number / 65536))
            local bit_number = number % 65536
            local old = try('GETBIT', key, bit_number)
            if failed(old) then return {'refused', key} end
            if old == 0 then
                bits_set = bits_set + 1
                bits[bits_set] = {key, bit_number}
                local place = tonumber(market)
                if place > 0 then
                    bets[place] = bets[place] + 1
                    wholes[place] = wholes[place] + tonumber(whole)
                    rests[place] = rests[place] + tonumber(rest)
                end
            end
        end
    end
    for place = 1, listed do
        if bets[place] > 0 then
            markets = markets + 1
            market_game[markets], market_selection[markets] = games[place], selections[place]
            market_bets[markets] = bets[place]
            local carry = floor(rests[place] / REMAINDER)
            market_whole[markets] = wholes[place] + carry
            market_rest[markets] = rests[place] - carry * REMAINDER
        end
    end
end

-- The games of the batch and the number of bets of all.
local game_name, game_bets, games, total = {}, {}, 0, 0

local function group_by_game()
    for market = 1, markets do
        local name = market_game[market]
        if name ~= game_name[games] then
            games = games + 1
            game_name[games], game_bets[games] = name, 0
        end
        game_bets[games] = game_bets[games] + market_bets[market]
        total = total + market_bets[market]
    end
end

-- Takes the retired games out; returns the key that is not what it should be.
local function leave_out_retired()
    if games == 0 or call('EXISTS', 'odds:retired') == 0 then return end
    local is_retired, found = {}, false
    for from = 1, games, CHUNK do
        local to = math.min(from + CHUNK - 1, games)
        local replies = try('SMISMEMBER', 'odds:retired', unpack(game_name, from, to))
        if failed(replies) then return 'odds:retired' end
        for at, reply in ipairs(replies) do
            if reply == 1 then is_retired[game_name[from + at - 1]], found = true, true end
        end
    end
    if not found then return end
    local kept = 0
    for market = 1, markets do
        if not is_retired[market_game[market]] then
            kept = kept + 1
            market_game[kept], market_selection[kept] = market_game[market], market_selection[market]
            market_whole[kept], market_rest[kept] = market_whole[market], market_rest[market]
        end
    end
    markets, kept = kept, 0
    for game = 1, games do
        if not is_retired[game_name[game]] then
            kept = kept + 1
            game_name[kept], game_bets[kept] = game_name[game], game_bets[game]
        end
    end
    games = kept
end

-- The new values, computed along with the checks: key, value, key, value ... for MSET in chunks, and
-- a pool's key and fields for each market, no remainder if it stays 0. (Tables of their own would cost
-- more than the calls.)
local counters = {}
local pool_key, rest_field, new_whole, new_rest = {}, {}, {}, {}
local new_games = 0

-- Checks the counters of the games from..to; returns the first key that cannot take its part.
local function fault_in_counters(from, to)
    local keys, fresh, chunk = {}, {}, {}
    for game = from, to do
        keys[game - from + 1] = 'game:' .. game_name[game] .. ':odds_updates'
    end
    for at, value in ipairs(call('MGET', unpack(keys))) do
        if not is_counter(value) then return keys[at] end
        if not value then fresh[#fresh + 1] = keys[at] end
        chunk[2 * at - 1] = keys[at]
        chunk[2 * at] = format('%d', (value or 0) + game_bets[from + at - 1])
    end
    -- MGET answers nil for a key of another type, too.
    if #fresh > 0 and call('EXISTS', unpack(fresh)) > 0 then
        for _, key in ipairs(fresh) do
            if call('EXISTS', key) > 0 then return key end
        end
    end
    counters[#counters + 1] = chunk
    new_games = new_games + #fresh
end

-- Checks a market's fields in the pool; returns whether they can take their part.
local function take_part(market)
    local key, field = 'game:' .. market_game[market] .. ':pool', market_selection[market]
    local second = field .. '|r'
    pool_key[market], rest_field[market] = key, second
    local values = try('HMGET', key, field, second)
    if values.err then return false end
    local whole, rest = values[1], values[2]
    if not is_counter(whole) or not is_counter(rest) then return false end
    if whole and rest == '0' and market_rest[market] == 0 then
        new_whole[market] = format('%d', whole + market_whole[market])
        return true
    end
    rest, whole = tonumber(rest or 0), (whole or 0) + market_whole[market]
    if rest >= REMAINDER then return false end
    rest = rest + market_rest[market]
    if rest >= REMAINDER then whole, rest = whole + 1, rest - REMAINDER end
    new_whole[market], new_rest[market] = format('%d', whole), format('%d', rest)
    return true
end

local function first_fault()
    local sum = try('GET', 'odds:total')
    if failed(sum) or not is_counter(sum) then return 'odds:total' end
    local number = try('GET', 'odds:games')
    if failed(number) or not is_counter(number) then return 'odds:games' end
    for from = 1, games, CHUNK do
        local key = fault_in_counters(from, math.min(from + CHUNK - 1, games))
        if key then return key end
    end
    for market = 1, markets do
        if not take_part(market) then return pool_key[market] end
    end
end

local function write()
    for _, range in ipairs(ranges) do
        call('SETRANGE', range[1], range[2], range[3])
    end
    for _, place in ipairs(bits) do
        call('SETBIT', place[1], place[2], 1)
    end
    for _, chunk in ipairs(counters) do
        call('MSET', unpack(chunk))
    end
    for market = 1, markets do
        local key, field, whole = pool_key[market], market_selection[market], new_whole[market]
        if new_rest[market] then
            call('HSET', key, field, whole, rest_field[market], new_rest[market])
        else
            call('HSET', key, field, whole)
        end
    end
    if total > 0 then call('INCRBY', 'odds:total', format('%d', total)) end
    if new_games > 0 then call('INCRBY', 'odds:games', format('%d', new_games)) end
end

local current = try('GET', 'odds:generation')
if failed(current) then return {'refused', 'odds:generation'} end
if current ~= generation then return {'generation'} end
local watermark = try('HGET', 'odds:watermark', epoch)
if failed(watermark) or not is_counter(watermark) then return {'refused', 'odds:watermark'} end
watermark = tonumber(watermark or 0)

local answer
if mode == 'batch' then answer = read_batch(watermark) else answer = read_each(watermark) end
if answer then return answer end
group_by_game()
local fault = leave_out_retired() or first_fault()
if fault then return {'refused', fault} end
write()
return {'applied', bits_set}
