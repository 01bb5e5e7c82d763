import Betting
import Jobs
import Ledger
import LedgerStore
import PostgresClient
import Settlement
import Synchronization
import TestSupport
import Testing

/// Claims, leases, fences, and jobs that fail.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct JobQueueTests {
    /// A world with so many settle jobs, of nothing.
    private func world(jobs: Int) async throws -> MoneyWorld {
        let world = try await MoneyWorld()
        try world.run(
            """
            INSERT INTO jobs (kind, subject, round_id)
            SELECT 'settle', gen_random_uuid(), 'round-1' FROM generate_series(1, \(jobs))
            """
        )
        return world
    }

    private func queue<R>(_ world: MoneyWorld, _ body: (JobQueue) throws -> R) throws -> R {
        try world.with { try body(JobQueue($0.connection)) }
    }

    private static let leaseIsOver =
        "UPDATE jobs SET run_at = clock_timestamp(), lease_until = clock_timestamp()"

    @Test
    func `of many that claim at once, each gets other jobs`() async throws {
        let world = try await world(jobs: 400)
        let claims = try await atOnce(8) { _ in
            try queue(world) { try $0.claim(.settle, limit: 50) }
        }.flatMap { $0 }
        #expect(claims.count == 400 && Set(claims.map(\.subject)).count == 400)
        #expect(Set(claims.map(\.fence)).count == 400)
        #expect(try queue(world) { try $0.claim(.settle, limit: 50) }.isEmpty)
        #expect(try queue(world) { try $0.claim(.refund, limit: 50) }.isEmpty)
    }

    @Test
    func `a job comes again when its lease is over, and the first holder has no say any more`()
        async throws
    {
        let world = try await world(jobs: 1)
        let first = try queue(world) { try $0.claim(.settle, limit: 1) }
        try world.run(Self.leaseIsOver)
        let second = try queue(world) { try $0.claim(.settle, limit: 1) }
        #expect(second.first?.attempts == 2)
        try queue(world) { (queue) throws in
            #expect(try queue.finish(first).isEmpty)
            try queue.fail(first, reason: "late")
            try queue.release(first)
            #expect(try queue.claim(.settle, limit: 1).isEmpty)
            #expect(try queue.finish(second) == second)
        }
        #expect(try world.number("SELECT count(*) FROM jobs") == 0)
    }

    /// Seconds until the next attempt.
    private static let delays: [(JobKind, [Int])] = [
        (.match, [1, 2, 4, 8]), (.settle, [1, 5, 30, 300]), (.refund, [1, 5, 30, 300]),
    ]

    @Test(arguments: delays)
    func `an attempt that fails is followed by another after a growing delay, and the last by none`(
        _ kind: JobKind,
        _ delays: [Int]
    ) async throws {
        let world = try await world(jobs: 1)
        try world.run("UPDATE jobs SET kind = '\(kind.rawValue)'")
        for delay in delays {
            let claims = try queue(world) { try $0.claim(kind, limit: 1) }
            try queue(world) { try $0.fail(claims, reason: "it failed") }
            let rest = "SELECT round(extract(epoch FROM run_at - clock_timestamp()))::int FROM jobs"
            #expect(abs(try world.number(rest) - delay) <= 1)
            try world.run("UPDATE jobs SET run_at = clock_timestamp()")
        }
        let last = try queue(world) { try $0.claim(kind, limit: 1) }
        try queue(world) { (queue) throws in
            try queue.fail(last, reason: "it failed again")
            #expect(try queue.claim(kind, limit: 1).isEmpty)
            let dead = try queue.dead(limit: 10)
            #expect(dead.map(\.reason) == ["it failed again"])
            #expect(dead.first?.attempts == delays.count + 1)
            #expect(try queue.figures().first { $0.kind == kind }?.dead == 1)
            #expect(try queue.revive() == 1)
            #expect(try queue.claim(kind, limit: 1).count == 1)
        }
    }

    @Test
    func `a job that ends its process each time is given up`() async throws {
        let world = try await world(jobs: 1)
        for attempt in 1...JobKind.settle.attemptsMax {
            let claims = try queue(world) { (queue) throws in
                #expect(try queue.buryAbandoned() == 0)
                return try queue.claim(.settle, limit: 1)
            }
            #expect(claims.first?.attempts == attempt)
            try world.run(Self.leaseIsOver)
        }
        try queue(world) { (queue) throws in
            #expect(try queue.claim(.settle, limit: 1).isEmpty)
            #expect(try queue.buryAbandoned() == 1)
        }
    }

    @Test
    func `a job that is given back has not been tried`() async throws {
        let world = try await world(jobs: 1)
        for _ in 0..<20 {
            let claims = try queue(world) { try $0.claim(.settle, limit: 1) }
            #expect(claims.first?.attempts == 1)
            try queue(world) { try $0.release(claims) }
        }
    }

    /// Fails for one subject, and counts.
    private final class Picky: JobHandler {
        let kind = JobKind.settle
        let claimsMax = 10
        let poison: BetID
        let error: PostgresError
        /// One that others are in the way of.
        let held: BetID?
        let done = Mutex<[BetID]>([])

        init(poison: BetID, error: PostgresError, held: BetID? = nil) {
            self.poison = poison
            self.error = error
            self.held = held
        }

        func work(
            _ claims: [JobClaim],
            on connection: PostgresConnection
        ) throws(PostgresError) {
            if claims.contains(where: { $0.subject == held }) { throw .tryAgain("others") }
            if claims.contains(where: { $0.subject == poison }) { throw error }
            _ = try JobQueue(connection).finish(claims)
            done.withLock { $0 += claims.map(\.subject) }
        }
    }

    private func anyJob(_ world: MoneyWorld) throws -> BetID {
        try world.with { store in
            let row = try store.connection.query("SELECT subject FROM jobs LIMIT 1").uuid(0, 0)
            return try #require(BetID(high: row.high, low: row.low))
        }
    }

    @Test
    func `one job that others are in the way of is given back alone, and is no failure`()
        async throws
    {
        let world = try await world(jobs: 10)
        let handler = Picky(poison: try anyJob(world), error: .tryAgain("others"))
        let connection = try world.connection()
        defer { connection.close() }
        let limit = try connection.run("SHOW lock_timeout")[0].string(0, 0)
        let turn = try JobWorker(handler).turn(on: connection)
        #expect(turn.claimedCount == 10 && turn.failedCount == 0 && turn.failure != nil)
        #expect(handler.done.withLock { $0.count } == 9)
        let left = "SELECT count(*) FROM jobs WHERE attempts = 0 AND state = 'READY'"
        #expect(try world.number(left) == 1)
        #expect(try world.number("SELECT count(*) FROM jobs") == 1)
        #expect(try connection.run("SHOW lock_timeout")[0].string(0, 0) == limit)
    }

    @Test
    func `a bad job beside one that others are in the way of is a failure all the same`()
        async throws
    {
        let world = try await world(jobs: 10)
        let jobs = try world.with { store in
            let rows = try store.connection.query("SELECT subject FROM jobs LIMIT 2")
            return try (0..<2).map { row in
                let bits = try rows.uuid(row, 0)
                return try #require(BetID(high: bits.high, low: bits.low))
            }
        }
        let handler = Picky(poison: jobs[0], error: .stop("poison"), held: jobs[1])
        let turn = try world.with { try JobWorker(handler).turn(on: $0.connection) }
        #expect(turn.claimedCount == 10 && turn.failedCount == 1)
        #expect(handler.done.withLock { $0.count } == 8)
        #expect(try world.number("SELECT count(*) FROM jobs WHERE last_error IS NOT NULL") == 1)
        #expect(try world.number("SELECT count(*) FROM jobs WHERE attempts = 0") == 1)
    }

    @Test
    func `a wallet that somebody holds keeps nobody else from being paid, nor outlasts the lease`()
        async throws
    {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500, 3: 500, 4: 500])
        for (user, side) in [(Int64(1), Side.a), (2, .b), (3, .a), (4, .b)] {
            try world.place(user, side, 100)
        }
        try world.workOff()
        _ = try world.with { try $0.resolveRound(world.round, .a) }
        let holder = try world.connection()
        defer { holder.close() }
        _ = try holder.run("BEGIN; SELECT FROM wallets WHERE user_id = 4 FOR UPDATE")
        let settings = LedgerStore.configuration(
            url: world.configuration.url,
            applicationName: "test"
        )
        let connection = try PostgresConnection(settings)
        defer { connection.close() }
        let begunAt = ContinuousClock.now
        let turn = try JobWorker(Settler()).turn(on: connection)
        #expect(begunAt.duration(to: .now) < .seconds(JobQueue.leaseSeconds - 2))
        #expect(turn.claimedCount == 2 && turn.failedCount == 0)
        #expect(try world.number("SELECT balance::int FROM wallets WHERE user_id = 1") == 600)
        #expect(try world.number("SELECT count(*) FROM jobs WHERE attempts = 0") == 1)
        _ = try holder.run("COMMIT")
        let isPaid = try await eventually {
            _ = try JobWorker(Settler()).turn(on: connection)
            return try world.number("SELECT balance::int FROM wallets WHERE user_id = 3") == 600
        }
        #expect(isPaid)
        #expect(try world.violations() == [])
    }

    @Test
    func `one bad job costs its neighbours nothing`() async throws {
        let world = try await world(jobs: 10)
        let handler = Picky(poison: try anyJob(world), error: .stop("poison"))
        let turn = try world.with { try JobWorker(handler).turn(on: $0.connection) }
        #expect(turn.claimedCount == 10 && turn.failedCount == 1)
        #expect(handler.done.withLock { $0.count } == 9)
        #expect(try world.number("SELECT count(*) FROM jobs WHERE last_error IS NOT NULL") == 1)
        #expect(try world.number("SELECT count(*) FROM jobs") == 1)
    }

    @Test
    func `sweeps find what nobody works on, and call a round settled when nothing is left`()
        async throws
    {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        _ = (try world.place(1, .a, 100), try world.place(2, .b, 60))
        try world.run("DELETE FROM jobs")
        func sweep(refundAfter seconds: Int = 300) throws -> Sweep {
            try #require(try world.with { try $0.sweep(refundAfterSeconds: seconds) })
        }
        #expect(try sweep() == Sweep())
        try world.run("UPDATE placed_bets SET created_at = created_at - interval '6 s'")
        #expect(try sweep().missedMatches == 1)
        #expect(try sweep().missedMatches == 0)
        try world.workOff()
        try world.run("UPDATE placed_bets SET created_at = created_at - interval '300 s'")
        #expect(try sweep().missedRefunds == 1)
        #expect(try sweep().missedRefunds == 0)
        try world.workOff()
        _ = try world.with { try $0.resolveRound(world.round, .a) }
        try world.run("DELETE FROM jobs")
        #expect(try sweep().missedSettlements == 1)
        #expect(try sweep().settledRounds == 0)
        try world.workOff()
        #expect(try sweep().settledRounds == 1)
        #expect(try sweep() == Sweep())
        #expect(try world.balance(1) == .whole(560))
        #expect(try world.violations() == [])
    }

    @Test
    func `keys are forgotten after a day, not before`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        try world.place(1, .a, 1)
        try world.place(1, .a, 1)
        try world.run(
            """
            UPDATE idempotency_keys SET created_at = now() - CASE ctid
                WHEN (SELECT min(ctid) FROM idempotency_keys) THEN interval '24 hours 1 s'
                ELSE interval '23 hours 59 min' END
            """
        )
        #expect(try world.with { try $0.forgetKeys() } == 1)
        #expect(try world.number("SELECT count(*) FROM idempotency_keys") == 1)
    }
}
