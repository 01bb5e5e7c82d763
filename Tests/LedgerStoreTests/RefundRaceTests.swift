import Betting
import Jobs
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

/// A refund that comes while a bet is being matched: it waits, and pays back what the match left.
@Suite(.timeLimit(.minutes(1)))
struct RefundRaceTests {
    private static let waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
        """

    /// 100 on A against 30 on B.
    private func world() async throws -> (MoneyWorld, BetID) {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        let bet = try world.place(1, .a, 100)
        try world.place(2, .b, 30)
        return (world, bet)
    }

    /// Runs `body` while a transaction that matches both bets is open, and commits that once `body`
    /// waits for it.
    private func whileMatching<R: Sendable>(
        _ world: MoneyWorld,
        _ body: @escaping @Sendable (LedgerStore) throws -> R
    ) async throws -> R {
        let matcher = try world.connection()
        defer { matcher.close() }
        _ = try matcher.run(
            """
            BEGIN;
            INSERT INTO matches (id, bet_a, bet_b, amount, round_id)
                SELECT gen_random_uuid(), a.id, b.id, 30, a.round_id
                FROM placed_bets a JOIN placed_bets b USING (round_id)
                WHERE a.side = 'A' AND b.side = 'B';
            UPDATE placed_bets SET remaining = remaining - 30, matched = matched + 30
            """
        )
        async let result = onThread { try world.with(body) }
        let isWaiting = try await eventually { try world.number(Self.waiting) == 1 }
        #expect(isWaiting)
        _ = try matcher.run("COMMIT")
        return try await result
    }

    @Test
    func `a cancel pays back what a match left that it waited for`() async throws {
        let (world, bet) = try await world()
        let user = try #require(UserID(1))
        let outcome = try await whileMatching(world) { try $0.cancelBet(bet, of: user) }
        guard case .refunded(let refunded, let amount, let balance) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(amount == .whole(70))
        #expect(balance == .whole(470))
        #expect(refunded.state == .matched)
        #expect(try world.violations() == [])
    }

    @Test
    func `a refund job pays back what a match left that it waited for`() async throws {
        let (world, bet) = try await world()
        _ = try world.with { try $0.closeRound(world.round) }
        let jobs = try world.with { store in
            try JobQueue(store.connection).claim(.refund, limit: 10).filter { $0.subject == bet }
        }
        let refund = try await whileMatching(world) { try $0.refund(jobs) }
        #expect(refund.betCount == 1 && refund.paid == .whole(70))
        #expect(try world.bet(bet, of: 1).state == .matched)
        #expect(try world.violations() == [])
    }

    @Test
    func `a refund finds nothing to pay when the match took it all`() async throws {
        let (world, _) = try await world()
        let user = try #require(UserID(2))
        let other = try #require(
            try world.with { try $0.bets(of: user, limit: 1) }.rows.first
        )
        let outcome = try await whileMatching(world) { try $0.cancelBet(other.id, of: user) }
        guard case .nothingOpen = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(try world.violations() == [])
    }
}
