import BetStore
import RedisClient
import TestSupport

/// What the projection should say, kept by the plainest means: a set of sequences and sums.
struct OddsModel {
    private(set) var applied: Set<Int64> = []
    private(set) var games: [String: GameOdds] = [:]

    var total: Int64 { games.values.reduce(0) { $0 + $1.updates } }

    /// Counts what the delta holds, each sequence once. Returns how many were new.
    @discardableResult
    mutating func apply(_ delta: OddsDelta) -> Int {
        var count = 0
        for entry in delta.entries where applied.insert(entry.sequence).inserted {
            count += 1
            guard let place = entry.market else { continue }
            let market = delta.markets[place]
            games[market.game, default: GameOdds()].updates += 1
            games[market.game, default: GameOdds()].pools[market.selection, default: 0] +=
                Int128(entry.units)
        }
        return count
    }
}

/// A small generator whose runs can be repeated from a printed seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension RedisServer {
    /// A client with a time limit that a busy test machine keeps.
    func client() throws -> RedisClient {
        RedisClient(
            try RedisConfiguration(address: url, commandTimeoutMilliseconds: 10_000),
            openMilliseconds: 50
        )
    }
}

extension RedisClient {
    @discardableResult
    func run(_ words: String...) throws(RedisError) -> RedisValue {
        try withConnection { redis throws(RedisError) in
            try redis.command(words.map { RedisArgument($0) })
        }
    }
}
