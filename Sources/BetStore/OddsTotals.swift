import PostgresClient

/// The totals per game and selection as Postgres has them.
extension OddsOutcomes {
    /// One row of totals: a game's selection.
    struct Total {
        let game: String
        let selection: String
        let bets: Int64
        let units: Int128

        init(_ result: ResultSet, _ row: Int) throws(PostgresError) {
            game = try result.string(row, 0)
            selection = try result.string(row, 1)
            bets = try result.int64(row, 2)
            units = try result.numeric(row, 3, scale: 8)
        }
    }

    private static let boundQuery: Statement = """
        SELECT max(game_id), count(*) FROM (
            SELECT game_id FROM game_totals WHERE game_id > $1
            GROUP BY game_id ORDER BY game_id LIMIT $2) chunk
        """

    /// The last of the `limit` games that follow `game` in Postgres' order; nil if none follows.
    func lastGame(after game: String, limit: Int) throws(OddsError) -> String? {
        try rows(
            Self.boundQuery,
            [.text(game), .int64(Int64(limit))]
        ) { (result, row) throws(PostgresError) in try result.optionalString(row, 0) }
        .first ?? nil
    }

    private static let totalsQuery: Statement = """
        SELECT game_id, selection, sum(bets)::bigint, sum(staked) FROM game_totals
        WHERE game_id > $1 AND game_id <= $2
        GROUP BY game_id, selection ORDER BY game_id, selection
        """

    /// The games after `first` up to `last`, as of now.
    func totals(after first: String, through last: String) throws(OddsError) -> [String: GameOdds] {
        var games: [String: GameOdds] = [:]
        let totals = try rows(Self.totalsQuery, [.text(first), .text(last)], Total.init)
        for total in totals {
            games[total.game, default: GameOdds()].updates += total.bets
            games[total.game, default: GameOdds()].pools[total.selection, default: 0] += total.units
        }
        return games
    }
}
