import PostgresClient
import RedisClient

extension OddsFigures {
    private static let unitsPerWhole: Int128 = 100_000_000
    private static let remainderMark = "|r"
    private static let updatesSuffix = ":odds_updates"
    private static let poolSuffix = ":pool"
    private static let keyPrefix = "game:"

    /// The totals of the games in Postgres, as the connection's transaction sees them.
    static func stored(in connection: PostgresConnection) throws -> OddsFigures {
        let rows = try connection.query(
            """
            SELECT t.game_id, t.selection, sum(t.bets)::bigint, sum(t.staked),
                r.game_id IS NOT NULL
            FROM game_totals t LEFT JOIN retired_games r ON r.game_id = t.game_id
            GROUP BY t.game_id, t.selection, r.game_id
            """
        )
        var figures = OddsFigures()
        for row in 0..<rows.rowCount {
            let bets = try rows.int64(row, 2)
            let units = try rows.numeric(row, 3)
            figures.total += bets
            if try rows.bool(row, 4) {
                figures.retired.insert(try rows.string(row, 0))
                continue
            }
            figures.games[try rows.string(row, 0), default: Game()].updates += bets
            if units != 0 {
                figures.games[try rows.string(row, 0)]?.pool[try rows.string(row, 1)] = units
            }
        }
        return figures
    }

    /// The counters and pools in Redis, whatever games they are of.
    static func counted(in connection: RedisConnection) throws -> OddsFigures {
        var figures = OddsFigures()
        figures.total = try integer(connection.command(["GET", "odds:total"]), of: "odds:total")
        try connection.scan("game:*:odds_updates") { keys in
            let replies = try connection.pipeline(keys.map { ["GET", RedisArgument($0)] })
            for (key, reply) in zip(keys, replies) {
                let updates = try integer(reply, of: key)
                if updates != 0 {
                    figures.games[game(of: key, updatesSuffix), default: Game()].updates = updates
                }
            }
        }
        try connection.scan("game:*:pool") { keys in
            let replies = try connection.pipeline(keys.map { ["HGETALL", RedisArgument($0)] })
            for (key, reply) in zip(keys, replies) {
                let pool = try pool(reply, of: key)
                if !pool.isEmpty {
                    figures.games[game(of: key, poolSuffix), default: Game()].pool = pool
                }
            }
        }
        return figures
    }

    private static func game(of key: String, _ suffix: String) -> String {
        String(key.dropFirst(keyPrefix.count).dropLast(suffix.count))
    }

    private static func integer(_ reply: RedisValue, of key: String) throws -> Int64 {
        if reply == .null { return 0 }
        guard let value = reply.int64 else {
            throw CommandFailure("\(key) does not hold a number")
        }
        return value
    }

    private static func pool(_ reply: RedisValue, of key: String) throws -> [String: Int128] {
        guard let elements = reply.elements, elements.count % 2 == 0 else {
            throw CommandFailure("\(key) does not hold a pool")
        }
        var pool: [String: Int128] = [:]
        for index in stride(from: 0, to: elements.count, by: 2) {
            guard let field = elements[index].text, let value = elements[index + 1].int64 else {
                throw CommandFailure("\(key) does not hold a pool")
            }
            if field.hasSuffix(remainderMark) {
                pool[String(field.dropLast(remainderMark.count)), default: 0] += Int128(value)
            } else {
                pool[field, default: 0] += Int128(value) * unitsPerWhole
            }
        }
        return pool.filter { $0.value != 0 }
    }
}
