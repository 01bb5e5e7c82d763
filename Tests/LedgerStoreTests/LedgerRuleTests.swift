import Betting
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

/// What the database itself insists on, and what operators are told.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct LedgerRuleTests {
    @Test(arguments: [
        "UPDATE wallet_ledgers SET amount = amount * 2", "DELETE FROM wallet_ledgers",
        "TRUNCATE wallet_ledgers", "UPDATE ledger_transactions SET kind = 'REFUND'",
        "DELETE FROM ledger_transactions", "TRUNCATE ledger_transactions",
        "DELETE FROM wallets", "DELETE FROM rounds", "DELETE FROM placed_bets WHERE false",
        "TRUNCATE matches",
    ])
    func `what is written stays`(_ statement: String) async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        let error = #expect(throws: PostgresError.self) { try world.run(statement) }
        #expect(error?.sqlState == "23001")
    }

    @Test
    func `who owns the tables has no right to change the ledger`() async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        for table in ["ledger_transactions", "wallet_ledgers"] {
            for right in ["UPDATE", "DELETE", "TRUNCATE"] {
                let isOff = """
                    SELECT count(*) FROM pg_class c, aclexplode(c.relacl) a
                    WHERE c.oid = '\(table)'::regclass AND a.privilege_type = '\(right)'
                    """
                #expect(try world.number(isOff) == 0, "\(table) \(right)")
            }
        }
    }

    @Test(arguments: [
        // Not zero.
        """
        WITH t AS (INSERT INTO ledger_transactions (kind, idempotent_key)
            VALUES ('DEPOSIT', 'DEPOSIT:x') RETURNING id)
        INSERT INTO wallet_ledgers (transaction_id, account, amount)
        SELECT id, 'house', 1 FROM t
        """,
        // One of two is not.
        """
        WITH t AS (INSERT INTO ledger_transactions (kind, idempotent_key)
            VALUES ('DEPOSIT', 'DEPOSIT:x'), ('DEPOSIT', 'DEPOSIT:y') RETURNING id)
        INSERT INTO wallet_ledgers (transaction_id, account, amount)
        SELECT id, account, amount FROM t, (VALUES ('house', 1), ('deposits', -1)) v (account, amount)
        WHERE NOT (account = 'house' AND id = (SELECT max(id) FROM t))
        """,
        // Of no transaction.
        """
        INSERT INTO wallet_ledgers (transaction_id, account, amount)
        VALUES (999999, 'house', 1), (999999, 'deposits', -1)
        """,
    ])
    func `entries sum to zero and have their transaction`(_ statement: String) async throws {
        let world = try await MoneyWorld(wallets: [1: 500])
        let error = #expect(throws: PostgresError.self) { try world.run(statement) }
        #expect(error?.constraint == "wallet_ledgers_sum_to_zero", "\(String(describing: error))")
        #expect(try world.violations() == [])
    }

    @Test
    func `a deposit is made once, and its key belongs to it`() async throws {
        let world = try await MoneyWorld()
        let (user, other) = (try #require(UserID(1)), try #require(UserID(2)))
        let outcomes = try await atOnce(10) { _ in
            try world.with { try $0.deposit(.whole(5), to: user, key: "k") }
        }
        #expect(outcomes.count { $0 == .accepted(balance: .whole(5)) } == 1)
        #expect(outcomes.count { $0 == .replayed(balance: .whole(5)) } == 9)
        try world.with { (store) throws in
            #expect(try store.deposit(.whole(6), to: user, key: "k") == .keyConflict)
            #expect(try store.deposit(.whole(5), to: other, key: "k") == .keyConflict)
            #expect(
                try store.deposit(.whole(1), to: user, key: "l") == .accepted(balance: .whole(6))
            )
            #expect(
                try store.deposit(.whole(5), to: user, key: "k") == .replayed(balance: .whole(5))
            )
        }
        #expect(try world.violations() == [])
    }

    @Test
    func `pages of a wallet's entries and of its bets follow each other without a gap`()
        async throws
    {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 500])
        let bets = try (0..<7).map { _ in try world.place(1, .a, 1) }
        _ = try world.place(2, .a, 1)
        let user = try #require(UserID(1))
        try world.with { (store) throws in
            var entries: [WalletEntry] = []
            while true {
                let page = try store.ledger(of: user, before: entries.last?.id, limit: 3)
                entries += page
                if page.count < 3 { break }
            }
            #expect(entries.map(\.balanceAfter) == (493...500).map { .whole($0) })
            #expect(entries.last?.kind == .deposit && entries.first?.key == "BET:\(bets[6])")
            var seen: [PlacedBet] = []
            while true {
                let page = try store.bets(of: user, before: seen.last?.number, limit: 3).rows
                seen += page
                if page.count < 3 { break }
            }
            #expect(seen.map(\.id) == bets.reversed())
            _ = try store.cancelBet(bets[2], of: user)
            #expect(try store.bets(of: user, state: .refunded).rows.map(\.id) == [bets[2]])
            #expect(try store.bets(of: user, state: .open).rows.count == 6)
        }
    }

    @Test
    func `all money is accounted for, before and after checkpoints, also with a transaction open`()
        async throws
    {
        let world = try await MoneyWorld(wallets: [1: 500, 2: 300])
        try world.place(1, .a, 100)
        func expect(_ openStakes: Int64) throws {
            let summary = try world.with { try $0.moneySummary() }
            #expect(summary.deposits == .whole(800) && summary.openStakes == .whole(openStakes))
            #expect(summary.imbalance == .zero && summary.lockedImbalance == .zero)
            #expect(summary.walletCount == 2)
        }
        try expect(100)
        let open = try world.connection()
        defer { open.close() }
        _ = try open.run("BEGIN; SELECT pg_current_xact_id()")
        try world.place(2, .b, 50)
        try world.with { try $0.makeCheckpoint() }
        try expect(150)
        _ = try open.run("COMMIT")
        try world.with { try $0.makeCheckpoint() }
        try expect(150)
        try world.place(1, .a, 1)
        try expect(151)
        let rows = "SELECT count(DISTINCT horizon) FROM ledger_checkpoints"
        #expect(try world.number(rows) == 1)
    }
}
