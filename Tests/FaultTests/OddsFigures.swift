import EngineHarness
import RedisClient
import TestSupport

/// What is staked on what, from either side, to be compared.
struct OddsFigures: Equatable {
    var total: Int64 = 0
    /// Bets by game.
    var bets: [String: Int64] = [:]
    /// Units of 10⁻⁸ by game and selection.
    var stakes: [String: Int128] = [:]

    /// The truth.
    init(postgres engine: Engine) throws {
        let rows = try engine.rows(
            """
            SELECT game_id, selection, count(*), trunc(sum(amount) * 100000000)
            FROM bets GROUP BY game_id, selection
            """
        )
        for row in rows {
            guard let count = Int64(row[2]), let units = Int128(row[3]) else {
                throw FixtureError("no figures: \(row)")
            }
            total += count
            bets[row[0], default: 0] += count
            stakes["\(row[0])/\(row[1])"] = units
        }
    }

    /// The projection, read by plain commands.
    init(redis url: String) throws {
        let redis = try RedisConnection(RedisConfiguration(address: url))
        defer { redis.close() }
        total = try redis.command(["GET", "odds:total"]).int64 ?? 0
        for key in try Self.keys("game:*:odds_updates", redis) {
            bets[Self.game(of: key)] = try redis.command(["GET", RedisArgument(key)]).int64
        }
        for key in try Self.keys("game:*:pool", redis) {
            let fields = try redis.command(["HGETALL", RedisArgument(key)]).elements ?? []
            for index in stride(from: 0, to: fields.count - 1, by: 2) {
                guard let field = fields[index].text, let amount = fields[index + 1].int64 else {
                    throw FixtureError("no amount in \(key)")
                }
                let isRemainder = field.hasSuffix("|r")
                let selection = isRemainder ? String(field.dropLast(2)) : field
                stakes["\(Self.game(of: key))/\(selection)", default: 0] +=
                    Int128(amount) * (isRemainder ? 1 : 100_000_000)
            }
        }
    }

    /// What differs from the truth, a few lines of it.
    func differences(from truth: OddsFigures) -> [String] {
        let games = Set(bets.keys).union(truth.bets.keys).filter { bets[$0] != truth.bets[$0] }
        let pools = Set(stakes.keys).union(truth.stakes.keys)
            .filter { stakes[$0] != truth.stakes[$0] }
        return ["total \(total), should be \(truth.total)"]
            + games.sorted().prefix(5).map {
                "\($0): \(bets[$0] ?? 0) bets, should be \(truth.bets[$0] ?? 0)"
            }
            + pools.sorted().prefix(5).map {
                "\($0): \(stakes[$0] ?? 0) units, should be \(truth.stakes[$0] ?? 0)"
            }
    }

    private static func keys(_ pattern: String, _ redis: RedisConnection) throws -> [String] {
        try (redis.command(["KEYS", RedisArgument(pattern)]).elements ?? []).compactMap(\.text)
    }

    /// `game:<game>:…`; a game's name may hold colons.
    private static func game(of key: String) -> String {
        key.split(separator: ":").dropFirst().dropLast().joined(separator: ":")
    }
}
