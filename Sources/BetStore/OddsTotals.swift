import PostgresClient

/// The totals per game and selection as Postgres has them.
extension OddsOutcomes {
    /// One row of totals: a game's selection.
    struct Total {
        let game: String
        let selection: String
        let bets: Int64
        let units: Int128
        /// The game has no counters in Redis.
        let isRetired: Bool

        init(_ result: ResultSet, _ row: Int) throws(PostgresError) {
            game = try result.string(row, 0)
            selection = try result.string(row, 1)
            bets = try result.int64(row, 2)
            units = try result.numeric(row, 3, scale: 8)
            isRetired = try result.bool(row, 4)
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
        SELECT t.game_id, t.selection, sum(t.bets)::bigint, sum(t.staked), r.game_id IS NOT NULL
        FROM game_totals t LEFT JOIN retired_games r ON r.game_id = t.game_id
        WHERE t.game_id > $1 AND t.game_id <= $2
        GROUP BY t.game_id, t.selection, r.game_id ORDER BY t.game_id, t.selection
        """

    /// What a stretch of games has, as of now.
    struct Stretch {
        /// Those with counters.
        var games: [String: GameOdds] = [:]
        /// Those without.
        var retired: Set<String> = []
        /// The bets of those without.
        var retiredUpdates: Int64 = 0

        var updates: Int64 { games.values.reduce(retiredUpdates) { $0 + $1.updates } }
    }

    /// The games after `first` up to `last`, as of now.
    func totals(after first: String, through last: String) throws(OddsError) -> Stretch {
        var stretch = Stretch()
        for total in try rows(Self.totalsQuery, [.text(first), .text(last)], Total.init) {
            if total.isRetired {
                stretch.retired.insert(total.game)
                stretch.retiredUpdates += total.bets
                continue
            }
            stretch.games[total.game, default: GameOdds()].updates += total.bets
            stretch.games[total.game, default: GameOdds()].pools[total.selection, default: 0] +=
                total.units
        }
        return stretch
    }

    private static let retiredQuery: Statement = """
        SELECT game_id FROM retired_games WHERE game_id = ANY ($1::text[])
        """

    /// Which of the games have no counters, as of now.
    func retired(among games: [String]) throws(OddsError) -> Set<String> {
        guard !games.isEmpty else { return [] }
        return Set(
            try rows(Self.retiredQuery, [.textArray(games)]) { (rows, row) throws(PostgresError) in
                try rows.string(row, 0)
            }
        )
    }
}
