import Glibc
import PostgresClient
import TestSupport
import Testing

@testable import BetStore

/// What is asked every second must stay a look at the end of an index also while Postgres' statistics
/// are from before the epoch: it then takes the epoch for a single row, and reading all of it for a
/// plan as good as any.
@Suite struct StaleStatisticsTests {
    private static let rowCount: Int64 = 20_000

    /// Rows of the three outcome tables that `body` reads.
    private func rowsRead(
        on connection: PostgresConnection,
        _ body: () throws -> Void
    ) throws -> Int64 {
        _ = try connection.run("BEGIN")
        try body()
        let read = try connection.query(
            """
            SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
            FROM pg_stat_xact_user_tables
            WHERE relname IN ('bets', 'duplicate_bets', 'rejected_bets')
            """
        ).int64(0, 0)
        _ = try connection.run("COMMIT")
        return read
    }

    @Test func `the end of an epoch is found without reading the epoch`() async throws {
        let server = try await PostgresServer.start()
        defer { server.process.kill(SIGKILL) }
        let database = try OddsDatabase(server)
        let connection = database.connection
        // So that nobody analyzes in between.
        for table in ["bets", "duplicate_bets", "rejected_bets"] {
            _ = try connection.run("ALTER TABLE \(table) SET (autovacuum_enabled = off)")
        }
        try database.store(epoch: 1, 1...Self.rowCount)
        _ = try connection.run("ANALYZE")
        try database.store(epoch: 2, 1...Self.rowCount)
        let outcomes = OddsOutcomes(connection: connection)
        var ends: [Int64] = []
        var epochs: [Int64] = []
        let read = try rowsRead(on: connection) {
            ends = [
                try StreamEnd(epoch: 2, on: connection).horizon, try outcomes.horizon(epoch: 2),
            ]
            epochs = try outcomes.epochs().map(\.epoch)
        }
        #expect(ends == [Self.rowCount, Self.rowCount])
        #expect(epochs == [1, 2])
        #expect(read < 50)
        // The measure itself: what reads the epoch is seen to.
        let all = try rowsRead(on: connection) {
            _ = try connection.run("SELECT max(amount) FROM bets WHERE stream_epoch = 2")
        }
        #expect(all > Self.rowCount / 2)
    }
}
