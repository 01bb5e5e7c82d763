import RedisClient

/// Reading.
extension OddsProjection {
    /// A game's counter and pools at one moment; nil while the projection is absent or being rebuilt.
    /// A game without bets reads as 0 and no pools, and so does a retired one.
    ///
    /// - Throws: `redis`, `refused`.
    package func read(game: String) throws(OddsError) -> GameOdds? {
        let replies = try pipeline([
            ["MULTI"], ["EXISTS", .text(OddsKeys.generation)],
            ["GET", .text(OddsKeys.updates(game))], ["HGETALL", .text(OddsKeys.pool(game))],
            ["SISMEMBER", .text(OddsKeys.retired), .text(game)], ["EXEC"],
        ])
        guard let results = replies.last?.elements, results.count == 4 else {
            throw .redis(.unexpectedReply("EXEC"))
        }
        guard results[0] == .integer(1) else { return nil }
        guard var odds = Self.odds(updates: results[1], pool: results[2]) else {
            throw .refused(key: OddsKeys.pool(game))
        }
        odds.isRetired = results[3] == .integer(1)
        return odds
    }

    /// The bets counted over all games; nil while the projection is absent or being rebuilt.
    ///
    /// - Throws: `redis`, `refused`.
    package func total() throws(OddsError) -> Int64? {
        let reply = try command(["MGET", .text(OddsKeys.generation), .text(OddsKeys.total)])
        guard let values = reply.elements, values.count == 2 else {
            throw .redis(.unexpectedReply("MGET gave \(reply.kind)"))
        }
        guard values[0] != .null else { return nil }
        guard let total = values[1].int64 else { throw .refused(key: OddsKeys.total) }
        return total
    }

    /// Puts a game together from the replies to GET and HGETALL; nil if they are not what the
    /// projection writes.
    static func odds(updates: RedisValue, pool: RedisValue) -> GameOdds? {
        var odds = GameOdds()
        if updates != .null {
            guard let count = updates.int64 else { return nil }
            odds.updates = count
        }
        guard let fields = pool.elements, fields.count.isMultiple(of: 2) else { return nil }
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard let field = fields[index].text, let amount = fields[index + 1].int64 else {
                return nil
            }
            if field.hasSuffix(OddsKeys.remainderMark) {
                let selection = String(field.dropLast(OddsKeys.remainderMark.count))
                odds.pools[selection, default: 0] += Int128(amount)
            } else {
                odds.pools[field, default: 0] += Int128(amount) * OddsKeys.unitsPerWhole
            }
        }
        return odds
    }
}
