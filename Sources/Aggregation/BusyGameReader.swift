import BetStore
import Betting
import PostgresClient

/// Reads the busiest games from the totals in Postgres.
struct BusyGameReader {
    private static let query: Statement = """
        WITH top AS (
            SELECT game_id FROM game_totals GROUP BY game_id
            ORDER BY sum(bets) DESC, game_id LIMIT $1)
        SELECT * FROM (
            SELECT g.game_id, g.selection, sum(g.staked),
                (sum(sum(g.bets)) OVER game)::bigint AS bets, sum(sum(g.staked)) OVER game,
                count(*) OVER game,
                row_number() OVER (
                    PARTITION BY g.game_id ORDER BY sum(g.staked) DESC, g.selection) AS place
            FROM top JOIN game_totals g USING (game_id)
            GROUP BY g.game_id, g.selection
            WINDOW game AS (PARTITION BY g.game_id)) selections
        WHERE place <= $2
        ORDER BY bets DESC, game_id, place
        """

    private var pace = Pace(every: .seconds(5))

    /// The busiest first; nil when it is not time yet.
    mutating func read(
        _ connection: PostgresConnection,
        at now: ContinuousClock.Instant
    ) throws(PostgresError) -> [BusyGame]? {
        try pace.ifDue(at: now) { () throws(PostgresError) in try Self.read(connection) }
    }

    private static func read(_ connection: PostgresConnection) throws(PostgresError) -> [BusyGame] {
        let result = try connection.query(
            query,
            [.int64(Int64(BusyGame.gamesMax)), .int64(Int64(BusyGame.selectionsMax))]
        )
        var games: [BusyGame] = []
        for row in 0..<result.rowCount {
            let gameID = try result.string(row, 0)
            if games.last?.gameID != gameID {
                games.append(
                    BusyGame(
                        gameID: gameID,
                        bets: try result.int64(row, 3),
                        stakedUnits: try result.numeric(row, 4, scale: Money.scale),
                        stakes: [],
                        selectionCount: Int(try result.int64(row, 5))
                    )
                )
            }
            games[games.count - 1].stakes.append(
                BusyGame.Stake(
                    selection: try result.string(row, 1),
                    units: try result.numeric(row, 2, scale: Money.scale)
                )
            )
        }
        return games
    }
}
