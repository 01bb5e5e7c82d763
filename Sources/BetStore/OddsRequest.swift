import RedisClient

/// The arguments of `apply_odds.lua` for one delta.
struct OddsRequest {
    private let delta: OddsDelta
    /// Places in `delta.markets`, a game's together.
    private let order: [Int]

    /// A total of this many whole units in one batch is refused, so that no sum can overflow.
    private static let wholesMax: Int128 = 1 << 52

    /// - Throws: `outOfRange`.
    init(_ delta: OddsDelta) throws(OddsError) {
        self.delta = delta
        var staked: Int128 = 0
        for market in delta.markets { staked += market.units }
        guard staked < Self.wholesMax * OddsKeys.unitsPerWhole else { throw .outOfRange }
        // By game alone: the order of a game's selections does not matter.
        order = delta.markets.indices.sorted { delta.markets[$0].game < delta.markets[$1].game }
    }

    /// All sequences at once, as sums; nil if a sequence comes twice.
    func batch(generation: [UInt8]) -> [RedisArgument]? {
        let sequences = delta.entries.map(\.sequence).sorted()
        guard let lowest = sequences.first, let masks = OddsMask.masks(of: sequences) else {
            return nil
        }
        var lines = OddsLines()
        // A market of duplicates and rejects alone gets no counters.
        for place in order where delta.markets[place].bets > 0 {
            let market = delta.markets[place]
            lines.append(market.game)
            lines.append(market.selection)
            lines.append(market.bets)
            lines.append(units: market.units)
            lines.endLine()
        }
        var arguments: [RedisArgument] = [
            .bytes(generation), .integer(delta.epoch), "batch", .bytes(lines.bytes),
            .integer(lowest),
        ]
        for mask in masks {
            arguments.append(.integer(mask.segment))
            arguments.append(.integer(Int64(mask.firstByte)))
            arguments.append(.bytes(mask.bytes))
        }
        return arguments
    }

    /// Each sequence with its own effect.
    func each(generation: [UInt8]) -> [RedisArgument] {
        var markets = OddsLines()
        var numbers = [Int64](repeating: 0, count: order.count)
        for (number, place) in order.enumerated() {
            numbers[place] = Int64(number + 1)
            markets.append(delta.markets[place].game)
            markets.append(delta.markets[place].selection)
            markets.endLine()
        }
        var sequences = OddsLines()
        for entry in delta.entries {
            sequences.append(entry.sequence)
            sequences.append(entry.market.map { numbers[$0] } ?? 0)
            sequences.append(units: Int128(entry.units))
            sequences.endLine()
        }
        return [
            .bytes(generation), .integer(delta.epoch), "each", .bytes(markets.bytes),
            .bytes(sequences.bytes),
        ]
    }
}
