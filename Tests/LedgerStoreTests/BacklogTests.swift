import Betting
import Jobs
import Ledger
import LedgerStore
import Matching
import PostgresClient
import Settlement
import TestSupport
import Testing

/// More than can be worked off at once, and what failed before: neither may hold up the rest.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct BacklogTests {
    /// More bets on one side than are looked at at once.
    private static let many = 700

    private static let wallets: [Int64: Int64] = [1: 100_000, 2: 100_000, 3: 100_000]

    private func place(_ count: Int, _ side: Side, of user: Int64, _ world: MoneyWorld) throws {
        let bets = try (0..<count).map { _ in try world.placement(user, side, 1) }
        try world.with { store in
            for start in stride(from: 0, to: count, by: 200) {
                _ = try store.place(Array(bets[start..<min(start + 200, count)]))
            }
        }
    }

    @Test
    func `a match in a round with far more bets on one side ends its jobs in one transaction`()
        async throws
    {
        for crowded in [Side.a, .b] {
            let world = try await MoneyWorld(wallets: Self.wallets)
            try place(Self.many, crowded, of: 1, world)
            try place(3, crowded == .a ? .b : .a, of: 2, world)
            try world.with { store in
                let jobs = try JobQueue(store.connection).claim(.match, limit: 1_000)
                #expect(jobs.count == Self.many + 3)
                let matching = try store.matchRound(world.round, ending: jobs)
                #expect(matching.matchCount == 3 && matching.isExhausted)
            }
            #expect(try world.number("SELECT count(*) FROM jobs") == 0)
            #expect(try world.violations() == [])
        }
    }

    @Test
    func `a few bets that are left over for their users are no reason to end`() async throws {
        let world = try await MoneyWorld(wallets: Self.wallets)
        // B is read whole, and not used up: its last bet waits for another's on A.
        try place(Self.many, .a, of: 1, world)
        try place(1, .b, of: 2, world)
        try place(1, .b, of: 1, world)
        try place(1, .a, of: 3, world)
        #expect(try world.with { try $0.matchRound(world.round) }.isExhausted == false)
        #expect(try world.with { try $0.matchAll(world.round) } == 1)
        #expect(try world.number("SELECT count(*) FROM matches") == 2)
    }

    @Test
    func `a round with very much to match gives its jobs back, and no attempt is counted`()
        async throws
    {
        let world = try await MoneyWorld(wallets: Self.wallets)
        try place(Self.many, .a, of: 1, world)
        try place(Self.many, .b, of: 2, world)
        let worker = JobWorker(Matcher(transactionsMax: 1))
        let connection = try world.connection()
        defer { connection.close() }
        var turns = 0
        let isDone = try await eventually {
            let turn = try worker.turn(on: connection)
            if turn.claimedCount > 0 { turns += 1 }
            #expect(turn.failedCount == 0)
            #expect(try world.number("SELECT count(*) FROM jobs WHERE attempts > 0") == 0)
            return try world.number("SELECT count(*) FROM jobs") == 0
        }
        #expect(isDone && turns > 1)
        #expect(try world.number("SELECT count(*) FROM matches") == Self.many)
    }

    @Test
    func `a closed round with very much to match gives its refunds back until that is done`()
        async throws
    {
        let world = try await MoneyWorld(wallets: Self.wallets)
        try place(Self.many, .a, of: 1, world)
        try place(Self.many, .b, of: 2, world)
        try place(3, .a, of: 3, world)
        try world.run("DELETE FROM jobs")
        _ = try world.with { try $0.closeRound(world.round) }
        let worker = JobWorker(Refunder(transactionsMax: 1))
        let connection = try world.connection()
        defer { connection.close() }
        let first = try worker.turn(on: connection)
        #expect(first.claimedCount > 0 && first.failedCount == 0 && first.failure == nil)
        let matches = "SELECT count(*) FROM matches"
        #expect(try 1..<Self.many ~= world.number(matches))
        #expect(try world.number("SELECT sum(refunded)::int FROM placed_bets") == 0)
        #expect(try world.number("SELECT count(*) FROM jobs WHERE attempts > 0") == 0)
        let isDone = try await eventually {
            _ = try worker.turn(on: connection)
            return try world.number("SELECT count(*) FROM jobs WHERE kind = 'refund'") == 0
        }
        #expect(isDone)
        #expect(try world.number(matches) == Self.many)
        #expect(try world.number("SELECT sum(refunded)::int FROM placed_bets") == 3)
        #expect(try world.number("SELECT sum(remaining)::int FROM placed_bets") == 0)
    }

    @Test
    func `one user who holds the front of both sides does not keep others from their match`()
        async throws
    {
        for side in [Side.a, .b] {
            let world = try await MoneyWorld(wallets: Self.wallets)
            try place(Self.many, .a, of: 1, world)
            try place(Self.many, .b, of: 1, world)
            try place(2, side, of: 2, world)
            let matching = try world.with { try $0.matchRound(world.round, windowMax: 500) }
            #expect(matching.matchCount == 2)
            #expect(try world.violations() == [])
        }
    }

    @Test
    func `a dead job to match comes again after a minute, not before`() async throws {
        let world = try await MoneyWorld(wallets: Self.wallets)
        try place(1, .a, of: 1, world)
        try place(1, .b, of: 2, world)
        try world.run("UPDATE placed_bets SET created_at = created_at - interval '6 s'")
        try world.run(
            "UPDATE jobs SET state = 'DEAD', attempts = 5, run_at = now() - interval '59 s'"
        )
        func sweep() throws -> Int? {
            try world.with { try $0.sweep(refundAfterSeconds: 300) }?.missedMatches
        }
        #expect(try sweep() == 0)
        try world.run("UPDATE jobs SET run_at = now() - interval '61 s'")
        #expect(try sweep() == 1)
        try world.workOff()
        #expect(try world.number("SELECT count(*) FROM matches") == 1)
    }

    @Test
    func `dead refunds do not hide the bets behind them`() async throws {
        let world = try await MoneyWorld(wallets: Self.wallets)
        try place(1_001, .a, of: 1, world)
        try world.run(
            """
            UPDATE placed_bets SET created_at = created_at - interval '301 s';
            DELETE FROM jobs;
            INSERT INTO jobs (kind, subject, round_id, state, attempts)
            SELECT 'refund', id, round_id, 'DEAD', 5 FROM placed_bets ORDER BY number LIMIT 1000
            """
        )
        #expect(try world.with { try $0.sweep(refundAfterSeconds: 300) }?.missedRefunds == 1)
    }

    @Test
    func `jobs that somebody is ending are not buried, and do not hold up the others`() async throws
    {
        let world = try await MoneyWorld()
        try world.run(
            """
            INSERT INTO jobs (kind, subject, round_id, attempts)
            SELECT 'settle', gen_random_uuid(), 'round-1', 5 FROM generate_series(1, 3)
            """
        )
        let holder = try world.connection()
        defer { holder.close() }
        _ = try holder.run("BEGIN; DELETE FROM jobs WHERE ctid = (SELECT min(ctid) FROM jobs)")
        #expect(try world.with { try JobQueue($0.connection).buryAbandoned() } == 2)
        _ = try holder.run("COMMIT")
        #expect(try world.number("SELECT count(*) FROM jobs WHERE state = 'DEAD'") == 2)
    }
}
