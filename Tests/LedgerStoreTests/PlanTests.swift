import Betting
import Jobs
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

/// Plans are made once, and maybe while tables are empty. What they read must not grow with the tables.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct PlanTests {
    private static let betsBefore = 4_000

    /// Rows of each table that this database's sessions have read so far.
    private func rowsRead(_ store: LedgerStore) throws -> [String: Int64] {
        _ = try store.connection.run("SELECT pg_stat_force_next_flush()")
        let rows = try store.connection.query(
            """
            SELECT relname::text, coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)
            FROM pg_stat_user_tables
            """
        )
        return try (0..<rows.rowCount).reduce(into: [:]) { read, row in
            read[try rows.string(row, 0)] = try rows.int64(row, 1)
        }
    }

    /// One of everything: two bets, a match, a refund, a payment, a cancelled bet.
    private func doOneOfEach(_ store: LedgerStore, _ world: MoneyWorld, _ name: String) throws {
        let round = try #require(Identifier(name))
        let queue = JobQueue(store.connection)
        _ = try store.createRound(round)
        let placements = [
            try world.placement(1, .a, 3, round: round),
            try world.placement(2, .b, 2, round: round),
            try world.placement(2, .a, 1, round: round),
        ]
        _ = try store.place(placements)
        _ = try store.matchRound(round, ending: queue.claim(.match, limit: 10))
        _ = try store.cancelBet(placements[2].betID, of: placements[2].user)
        _ = try store.resolveRound(round, .a)
        #expect(try store.settle(queue.claim(.settle, limit: 10)).settledCount == 1)
        #expect(try store.refund(queue.claim(.refund, limit: 10)).betCount == 1)
        _ = try store.place([placements[0]])
        _ = try store.bets(of: placements[0].user, limit: 5)
        // Whose bets are many, and none of them open.
        _ = try store.bets(of: placements[2].user, state: .open, limit: 5, lookMax: 20)
        _ = try store.rounds(limit: 5)
        _ = try store.rounds(state: .closed, limit: 5, lookMax: 20)
        _ = try store.ledger(of: placements[0].user, limit: 5)
        _ = try store.relayOutbox(limit: 10) { $0.map(\.number) }
        _ = try store.outboxCount(limit: 0)
        _ = try store.sweep(refundAfterSeconds: 300)
    }

    @Test
    func `what is read does not grow with the tables`() async throws {
        let world = try await MoneyWorld(wallets: [1: 100_000, 2: 100_000, 3: 100_000])
        let store = LedgerStore(try world.connection())
        try doOneOfEach(store, world, "first")
        let placements: [Placement] = try (0..<Self.betsBefore).map { index in
            let (user, side): (Int64, Side) = index % 2 == 0 ? (2, .a) : (3, .b)
            return try world.placement(user, side, 1)
        }
        try world.with { other in
            for start in stride(from: 0, to: placements.count, by: 500) {
                _ = try other.place(Array(placements[start..<start + 500]))
            }
        }
        try world.workOff()
        try world.run(
            """
            INSERT INTO rounds (id, state, winner, closed_at, resolved_at, settled_at)
            SELECT 'past-' || n, 'RESOLVED', 'A', now(), now(), now()
            FROM generate_series(1, 1000) AS n
            """
        )
        // A session tells what it has read when it ends.
        let others = """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()
            """
        let isAlone = try await eventually {
            try store.connection.query(Statement(others)).int64(0, 0) == 0
        }
        try #require(isAlone)
        let before = try rowsRead(store)
        try doOneOfEach(store, world, "last")
        let read = try rowsRead(store).map { ($0.key, $0.value - before[$0.key, default: 0]) }
        for (table, rows) in read { #expect(rows < 200, "\(table)") }
    }

    @Test
    func `old keys are found without a look at the others, also where old ones were before`()
        async throws
    {
        let world = try await MoneyWorld()
        try world.run(
            """
            INSERT INTO idempotency_keys
                (user_id, created_at, status, endpoint, key, request_hash, body)
            SELECT 1, now() - CASE WHEN n % 1000 = 0 THEN interval '25 hours' ELSE '1 hour' END,
                202, 'POST /api/bets', n, '\\x00', '{}' FROM generate_series(1, 20000) AS n
            """
        )
        try world.run("VACUUM ANALYZE idempotency_keys")
        let store = LedgerStore(try world.connection())
        #expect(try store.forgetKeys() == 20)
        let before = try rowsRead(store)["idempotency_keys", default: 0]
        #expect(try store.forgetKeys() == 0)
        #expect(try rowsRead(store)["idempotency_keys", default: 0] - before < 100)
    }
}
