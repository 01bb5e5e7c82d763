import Betting
import Jobs
import Ledger
import LedgerStore
import Matching
import PostgresClient
import Settlement
import TestSupport
import Testing
import Threading

/// The same work twice, by two at once, and work that contradicts other work.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RaceTests {
    /// A round with one match of 100 of each user, which has its result, and its settle job.
    private func resolvedWorld() async throws -> MoneyWorld {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        _ = (try world.place(1, .a, 100), try world.place(2, .b, 100))
        try world.workOff()
        _ = try world.with { try $0.resolveRound(world.round, .a) }
        return world
    }

    private func claims(_ world: MoneyWorld, _ kind: JobKind) throws -> [JobClaim] {
        try world.with { try JobQueue($0.connection).claim(kind, limit: 100) }
    }

    @Test
    func `a settle job that is run twice pays once`() async throws {
        let world = try await resolvedWorld()
        let jobs = try claims(world, .settle)
        #expect(jobs.count == 1)
        let first = try world.with { try $0.settle(jobs) }
        #expect(first.settledCount == 1 && first.paid == .whole(200))
        #expect(try world.with { try $0.settle(jobs) } == LedgerStore.Settlement())
        #expect(try world.balance(1) == .whole(600))
        #expect(try world.violations() == [])
    }

    @Test
    func `a settle job that two workers have at once pays once`() async throws {
        for _ in 0..<5 {
            let world = try await resolvedWorld()
            let mine = try claims(world, .settle)
            // The first one's lease is over, and it does not know.
            try world.run("UPDATE jobs SET run_at = now(), lease_until = now()")
            let theirs = try claims(world, .settle)
            #expect(mine.count == 1 && theirs.count == 1)
            let settlements = try await atOnce(2) { index in
                try world.with { try $0.settle(index == 0 ? mine : theirs) }
            }
            #expect(settlements.map(\.settledCount).sorted() == [0, 1])
            #expect(try world.balance(1) == .whole(600))
            #expect(try world.number("SELECT count(*) FROM jobs") == 0)
            #expect(try world.violations() == [])
        }
    }

    @Test
    func `a lost lease ends nothing, even when the job is there anew`() async throws {
        let world = try await resolvedWorld()
        let stale = try claims(world, .settle)
        try world.run("DELETE FROM jobs")
        try world.run(
            "INSERT INTO jobs (kind, subject, round_id) SELECT 'settle', id, round_id FROM matches"
        )
        #expect(try world.with { try $0.settle(stale) } == LedgerStore.Settlement())
        try world.with { store in
            try JobQueue(store.connection).fail(stale, reason: "stale")
            try JobQueue(store.connection).release(stale)
        }
        #expect(try world.number("SELECT count(*) FROM jobs WHERE last_error IS NULL") == 1)
        #expect(try world.balance(1) == .whole(400))
        try world.workOff()
        #expect(try world.balance(1) == .whole(600))
        #expect(try world.violations() == [])
    }

    @Test
    func `a refund and a match at once: the bet is one or the other`() async throws {
        for _ in 0..<12 {
            let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
            let (betA, betB) = (try world.place(1, .a, 100), try world.place(2, .b, 100))
            let user = try #require(UserID(1))
            _ = try await atOnce(3) { index in
                try world.with { store in
                    switch index {
                    case 0: _ = try store.matchRound(world.round)
                    case 1: _ = try store.cancelBet(betA, of: user)
                    default: _ = try store.closeRound(world.round)
                    }
                }
            }
            try world.workOff()
            let (first, second) = (try world.bet(betA, of: 1), try world.bet(betB, of: 2))
            #expect(first.state == second.state)
            #expect(first.state == .matched || first.state == .refunded)
            #expect(try world.violations() == [])
        }
    }

    @Test
    func `bets, closes, matches, cancels and results at once leave no cent behind`() async throws {
        let users = Dictionary(uniqueKeysWithValues: (1...8).map { (Int64($0), Int64(1_000)) })
        let world = try await MoneyWorld(wallets: users)
        let seed = UInt64.random(in: 0...UInt64.max)
        _ = try await atOnce(10) { index in
            var random = SeededGenerator(seed: seed &+ UInt64(index))
            try world.with { store in
                switch index {
                case 8, 9:
                    for kind in [JobKind.match, .settle, .refund, .match, .settle, .refund] {
                        let handler: any JobHandler =
                            switch kind {
                            case .match: Matcher()
                            case .settle: Settler()
                            case .refund: Refunder()
                            }
                        _ = try JobWorker(handler).turn(on: store.connection)
                    }
                case 7:
                    _ = try store.closeRound(world.round)
                    _ = try store.resolveRound(world.round, .a)
                default:
                    var placed: [Placement] = []
                    for _ in 0..<10 {
                        let placement = try world.placement(
                            Int64.random(in: 1...8, using: &random),
                            Bool.random(using: &random) ? .a : .b,
                            Int64.random(in: 1...20, using: &random)
                        )
                        placed.append(placement)
                        _ = try store.place([placement])
                        if let victim = placed.randomElement(using: &random) {
                            _ = try store.cancelBet(victim.betID, of: victim.user)
                        }
                    }
                }
            }
        }
        _ = try world.with { try $0.resolveRound(world.round, .a) }
        try world.workOff()
        #expect(try world.violations() == [], "seed \(seed)")
        let open = "SELECT count(*) FROM placed_bets WHERE state NOT IN ('SETTLED', 'REFUNDED')"
        #expect(try world.number(open) == 0, "seed \(seed)")
        #expect(try world.number("SELECT sum(balance)::bigint FROM wallets") == 8_000)
        #expect(try world.number("SELECT sum(locked_balance)::bigint FROM wallets") == 0)
    }

    @Test
    func `a busy round can be closed`() async throws {
        let world = try await MoneyWorld(wallets: [1: 1_000, 2: 1_000])
        let isClosed = Flag()
        _ = try await atOnce(5) { index in
            try world.with { store in
                if index == 4 {
                    _ = try store.closeRound(world.round)
                    isClosed.set()
                    return
                }
                let user = Int64(index % 2 + 1)
                while !isClosed.load() {
                    _ = try store.place([world.placement(user, .a, 1)])
                }
            }
        }
        let late = try world.with { try $0.place([world.placement(1, .a, 1)]) }
        #expect(late == [.roundClosed])
        #expect(try world.violations() == [])
    }
}
