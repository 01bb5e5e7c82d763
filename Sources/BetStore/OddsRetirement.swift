package import PostgresClient
import RedisClient

/// Takes games out of the odds projection, so that its size has a limit. Their bets are stored and
/// totalled like all others and count in `odds:total`; only their counters and pools are gone.
///
/// Postgres knows which games are retired, and what is built from it agrees; Redis is told
/// afterwards. When that fails, the maintenance tells it again.
package struct OddsRetirement {
    /// Why a game has no counters.
    private enum Cause: String {
        /// Somebody asked for it; lasts until somebody asks for the opposite.
        case `operator`
        /// There were more games than `GAMES_MAX`; lasts until a rebuild in which the game is again
        /// among those that were bet on last.
        case limit
    }

    /// Names in one call, so that no call holds Redis for long.
    private static let gamesPerCall = 1_000
    /// Names held in memory at a time.
    private static let namesMax: Int64 = 10_000
    /// The totals of 100,000 games have a row for each selection and lane.
    private static let statementTimeoutMilliseconds = 60_000

    private let projection: OddsProjection
    private let outcomes: OddsOutcomes

    package init(_ projection: OddsProjection, _ connection: PostgresConnection) {
        self.projection = projection
        outcomes = OddsOutcomes(connection: connection)
    }

    private static let retireStatement: Statement = """
        INSERT INTO retired_games AS r (game_id, cause)
        SELECT DISTINCT unnest($1::text[]), 'operator'
        ON CONFLICT (game_id) DO UPDATE SET cause = 'operator' WHERE r.cause <> 'operator'
        RETURNING game_id
        """

    /// Retires these games, with or without bets.
    ///
    /// - Returns: how many were not retired before.
    /// - Throws: `badName`, `postgres`; `redis` when Postgres knows it and Redis does not yet.
    package func retire(_ games: [String]) throws(OddsError) -> Int {
        for game in games where !OddsKeys.isName(game) { throw .badName }
        return try announce(outcomes.query(Self.retireStatement, [.textArray(games)]))
    }

    private static let retireOldStatement: Statement = """
        INSERT INTO retired_games (game_id, cause)
        SELECT game_id, 'operator' FROM game_totals
        GROUP BY game_id HAVING max(updated_at) < $1::timestamptz
        ON CONFLICT DO NOTHING
        RETURNING game_id
        """

    /// Retires the games that were last bet on before a time.
    ///
    /// - Parameter microseconds: since 1970.
    package func retire(lastBetBefore microseconds: Int64) throws(OddsError) -> Int {
        let time = PostgresValue.timestamp(microsecondsSince1970: microseconds)
        return try announce(patiently(Self.retireOldStatement, [time]))
    }

    private static let restoreStatement: Statement =
        "DELETE FROM retired_games WHERE game_id = ANY ($1::text[])"

    /// Lets games have counters again, as from the next rebuild on, and asks for that.
    ///
    /// - Returns: how many were retired.
    package func restore(_ games: [String]) throws(OddsError) -> Int {
        let count = try outcomes.query(Self.restoreStatement, [.textArray(games)]).affectedRows
        if count > 0 { try projection.requestRebuild() }
        return count
    }

    private static let limitStatement: Statement = """
        INSERT INTO retired_games (game_id, cause)
        SELECT game_id, 'limit' FROM game_totals t
        WHERE NOT EXISTS (SELECT FROM retired_games r WHERE r.game_id = t.game_id)
        GROUP BY game_id ORDER BY max(updated_at) DESC, game_id OFFSET $1::bigint LIMIT $2::bigint
        ON CONFLICT DO NOTHING
        RETURNING game_id
        """

    /// When there are more games with counters than `gamesMax`, retires those that were not bet on
    /// for longest, a twentieth more than it must: the next one is a new game away. A flood of
    /// games takes several calls.
    ///
    /// - Returns: how many.
    func enforce(gamesMax: Int64) throws(OddsError) -> Int {
        guard let count = try projection.gameCount(), count > gamesMax else { return 0 }
        let kept = max(gamesMax - gamesMax / 20, 1)
        return try announce(
            patiently(Self.limitStatement, [.int64(kept), .int64(Self.namesMax)])
        )
    }

    private static let rankStatement: Statement = """
        WITH ranked AS (
            SELECT game_id, row_number() OVER (ORDER BY max(updated_at) DESC, game_id) AS place
            FROM game_totals t
            WHERE NOT EXISTS (
                SELECT FROM retired_games r WHERE r.game_id = t.game_id AND r.cause = 'operator')
            GROUP BY game_id),
        back AS (
            DELETE FROM retired_games r USING ranked
            WHERE r.cause = 'limit' AND r.game_id = ranked.game_id AND place <= $1::bigint)
        INSERT INTO retired_games (game_id, cause)
        SELECT game_id, 'limit' FROM ranked WHERE place > $1::bigint
        ON CONFLICT DO NOTHING
        """

    /// Decides anew which games are beyond the limit, before a rebuild: those that were bet on last
    /// are kept.
    func rank(gamesMax: Int64) throws(OddsError) {
        _ = try patiently(Self.rankStatement, [.int64(gamesMax)])
    }

    /// Runs a statement that reads all totals, in a transaction of its own.
    private func patiently(
        _ statement: Statement,
        _ parameters: [PostgresValue]
    ) throws(OddsError) -> ResultSet {
        let connection = outcomes.connection
        let responseTimeout = connection.responseTimeoutMilliseconds
        connection.responseTimeoutMilliseconds = Self.statementTimeoutMilliseconds + 2_000
        defer {
            connection.rollBack()
            connection.responseTimeoutMilliseconds = responseTimeout
        }
        _ = try outcomes.run(
            "BEGIN; SET LOCAL statement_timeout = \(Self.statementTimeoutMilliseconds);"
                + " SET LOCAL enable_seqscan = on"
        )
        let result = try outcomes.query(statement, parameters)
        _ = try outcomes.run("COMMIT")
        return result
    }

    private static let countQuery: Statement = "SELECT count(*) FROM retired_games"
    private static let pageQuery: Statement = """
        SELECT game_id FROM retired_games WHERE game_id > $1 ORDER BY game_id LIMIT $2
        """

    /// Tells Redis of all retired games when it knows another number of them.
    func repeatIfNeeded() throws(OddsError) {
        let wanted = try outcomes.rows(Self.countQuery, []) { (rows, row) throws(PostgresError) in
            try rows.int64(row, 0)
        }
        let known = try projection.command(["SCARD", .text(OddsKeys.retired)])
        guard known.int64 != wanted.first else { return }
        var last = ""
        while true {
            let page = try outcomes.query(Self.pageQuery, [.text(last), .int64(Self.namesMax)])
            guard try announce(page) > 0 else { return }
            last = try outcomes.lastName(page) ?? ""
        }
    }

    /// Tells Redis of the games in a statement's first column; returns how many those are.
    private func announce(_ result: ResultSet) throws(OddsError) -> Int {
        let games = try OddsOutcomes.rows(result) { (rows, row) throws(PostgresError) in
            try rows.string(row, 0)
        }
        for start in stride(from: 0, to: games.count, by: Self.gamesPerCall) {
            let part = games[start..<min(start + Self.gamesPerCall, games.count)]
            projection.forgetGeneration()
            // Without a generation a rebuild is due, which reads them from Postgres.
            guard let generation = try projection.currentGeneration() else { break }
            _ = try projection.evaluate(
                OddsScripts.retire,
                [.bytes(generation)] + part.map { .text($0) }
            )
        }
        return games.count
    }
}

extension OddsOutcomes {
    /// The first column of the last row.
    fileprivate func lastName(_ result: ResultSet) throws(OddsError) -> String? {
        do {
            return result.rowCount > 0 ? try result.string(result.rowCount - 1, 0) : nil
        } catch {
            throw .postgres(error)
        }
    }
}

extension OddsProjection {
    /// How many games have counters; nil while the projection is absent or being rebuilt.
    ///
    /// - Throws: `redis`, `refused`.
    package func gameCount() throws(OddsError) -> Int64? {
        let reply = try command(["MGET", .text(OddsKeys.generation), .text(OddsKeys.games)])
        guard let values = reply.elements, values.count == 2 else {
            throw .redis(.unexpectedReply("MGET gave \(reply.kind)"))
        }
        guard values[0] != .null else { return nil }
        guard let count = values[1].int64 else { throw .refused(key: OddsKeys.games) }
        return count
    }
}
