import Betting
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

/// Bets that come again when their keys are forgotten, among others.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct ForgottenKeyTests {
    private static let forget = "DELETE FROM idempotency_keys"

    /// Transactions that were given up in this database so far.
    private func rollbacks(_ store: LedgerStore) throws -> Int64 {
        _ = try store.connection.run("SELECT pg_stat_force_next_flush()")
        let rows = try store.connection.query(
            "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
        )
        return try rows.int64(0, 0)
    }

    @Test
    func `ten of them cost 200 others one transaction more, not their bets`() async throws {
        let world = try await MoneyWorld(wallets: [1: 1_000, 2: 1_000, 3: 1_000])
        let store = LedgerStore(try world.connection())
        defer { store.connection.close() }
        let old = try (0..<10).map { try world.placement(Int64($0 % 3 + 1), .a, 2) }
        _ = try store.place(old)
        try world.run(Self.forget)
        // One whose key is known is answered as ever.
        let known = try world.placement(1, .a, 2)
        #expect(try store.place([known]) == [.accepted(balance: .whole(990))])
        var group = try (0..<200).map { try world.placement(Int64($0 % 3 + 1), .b, 1) }
        for (index, placement) in old.enumerated() { group.insert(placement, at: index * 20) }
        group.insert(known, at: 100)
        var balances: [Int64: Int64] = [1: 990, 2: 994, 3: 994]
        var expected: [PlacementOutcome] = []
        for placement in group {
            if placement == known {
                expected.append(.replayed(.sample(known.betID, .whole(990))))
            } else if old.contains(placement) {
                expected.append(.refused(PlacementPlan.placedBefore))
            } else {
                let rest = balances[placement.user.rawValue, default: 0] - 1
                balances[placement.user.rawValue] = rest
                expected.append(.accepted(balance: .whole(rest)))
            }
        }
        let before = try rollbacks(store)
        let outcomes = try store.place(group)
        #expect(outcomes == expected)
        #expect(try rollbacks(store) - before == 1)
        let commits = """
            SELECT count(DISTINCT e.xid) FROM wallet_ledgers e
            JOIN placed_bets b ON b.number = e.transaction_id WHERE b.side = 'B'
            """
        #expect(try world.number(commits) == 1)
        #expect(try world.number("SELECT count(*) FROM placed_bets") == 211)
        for (user, units) in balances { #expect(try world.balance(user) == .whole(units)) }
        #expect(try world.violations() == [])
    }

    @Test
    func `one that comes twice in a group is neither time placed`() async throws {
        let world = try await MoneyWorld(wallets: [1: 100])
        let old = try world.placement(1, .a, 10)
        let new = try world.placement(1, .a, 10)
        try world.with { store in
            _ = try store.place([old])
            _ = try store.connection.run(Self.forget)
            let refused = PlacementOutcome.refused(PlacementPlan.placedBefore)
            #expect(try store.place([old]) == [refused])
            let outcomes = try store.place([old, new, old])
            #expect(outcomes == [refused, .accepted(balance: .whole(80)), refused])
            let bet = try #require(try store.placed([old.betID, new.betID])[old.betID])
            #expect(bet.user == old.user && bet.state == .open && bet.balance == .whole(80))
        }
        #expect(try world.violations() == [])
    }

    @Test
    func `one that is refused for something else is still found among them`() async throws {
        let world = try await MoneyWorld(wallets: [1: 100])
        let old = try world.placement(1, .a, 1)
        var group = try (0..<7).map { _ in try world.placement(1, .a, 1) }
        // Its ledger transaction is there, the bet is not.
        try world.run(
            """
            WITH t AS (
                INSERT INTO ledger_transactions (kind, idempotent_key)
                VALUES ('BET', 'BET:\(group[4].betID)') RETURNING id)
            INSERT INTO wallet_ledgers (transaction_id, account, amount)
            SELECT id, 'house', amount FROM t, (VALUES (1), (-1)) AS v (amount)
            """
        )
        group.insert(old, at: 0)
        let outcomes = try world.with { store in
            _ = try store.place([old])
            _ = try store.connection.run(Self.forget)
            return try store.place(group)
        }
        try #require(outcomes.count == 8)
        #expect(outcomes.first == .refused(PlacementPlan.placedBefore))
        let rests: [Int64] = [98, 97, 96, 95, 94, 93]
        let accepted = rests.map { PlacementOutcome.accepted(balance: .whole($0)) }
        #expect(Array(outcomes[1...4] + outcomes[6...]) == accepted)
        guard case .refused(let reason) = outcomes[5] else {
            Issue.record("\(outcomes[5])")
            return
        }
        #expect(reason.contains("ledger_transactions"))
        #expect(try world.violations() == [])
    }
}
