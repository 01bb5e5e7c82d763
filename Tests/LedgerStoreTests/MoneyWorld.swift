import BetStore
import Betting
import Foundation
import Jobs
import Ledger
import LedgerStore
import PostgresClient
import Synchronization
import TestSupport
import Testing

/// An empty, migrated database with rounds and wallets, and what must be true in it whatever
/// happened.
struct MoneyWorld {
    private static let server = Task {
        try await PostgresServer.start(settings: ["max_connections=200"])
    }

    let configuration: PostgresConfiguration
    let round: Identifier
    private let serial = Serial()

    private final class Serial: Sendable {
        let last = Mutex<UInt64>(0)
    }

    /// - Parameter wallets: whole units by user.
    init(wallets: [Int64: Int64] = [:], round: String = "round-1") async throws {
        let server = try await Self.server.value
        var configuration = LedgerStore.configuration(
            url: try server.makeDatabase(),
            applicationName: "tests"
        )
        // A busy test machine takes its time.
        configuration.statementTimeoutMilliseconds = 30_000
        configuration.lockTimeoutMilliseconds = 20_000
        self.configuration = configuration
        self.round = try #require(Identifier(round))
        let connection = try PostgresConnection(configuration)
        defer { connection.close() }
        _ = try Migrator.migrate(connection)
        let store = LedgerStore(connection)
        _ = try store.createRound(self.round)
        for (number, units) in wallets {
            let user = try #require(UserID(number))
            _ = try store.deposit(.whole(units), to: user, key: "start \(number)")
        }
    }

    func connection() throws -> PostgresConnection { try PostgresConnection(configuration) }

    /// A store on a connection of its own, which is closed at the end.
    func with<R>(_ body: (LedgerStore) throws -> R) throws -> R {
        let connection = try connection()
        defer { connection.close() }
        return try body(LedgerStore(connection))
    }

    func run(_ sql: String) throws {
        try with { _ = try $0.connection.run(sql) }
    }

    func number(_ sql: String) throws -> Int {
        try with { Int(try $0.connection.query(Statement(sql)).int64(0, 0)) }
    }

    /// A placement of whole units; every one has a key of its own unless told otherwise.
    func placement(
        _ user: Int64,
        _ side: Side,
        _ units: Int64,
        key: String? = nil,
        round: Identifier? = nil,
        hash: [UInt8] = [1, 2, 3]
    ) throws -> Placement {
        let number = serial.last.withLock { last in
            last += 1
            return last
        }
        return Placement(
            betID: try #require(BetID(high: 0x1111_2222_3333_4444, low: number)),
            user: try #require(UserID(user)),
            round: round ?? self.round,
            side: side,
            stake: .whole(units),
            key: IdempotencyKey(endpoint: "POST /api/bets", text: key ?? "key \(number)"),
            requestHash: hash
        )
    }

    /// Places one bet that has to be accepted.
    @discardableResult
    func place(_ user: Int64, _ side: Side, _ units: Int64) throws -> BetID {
        let placement = try placement(user, side, units)
        let outcomes = try with { try $0.place([placement]) }
        guard case .accepted = try #require(outcomes.first) else {
            throw FixtureError("not accepted: \(outcomes)")
        }
        return placement.betID
    }

    func bet(_ id: BetID, of user: Int64) throws -> PlacedBet {
        let user = try #require(UserID(user))
        return try #require(try with { try $0.bet(id, of: user) })
    }

    /// What the user may stake, in units of 10⁻⁸.
    func balance(_ user: Int64) throws -> MoneySum {
        let user = try #require(UserID(user))
        return try with { try $0.wallet(of: user).balance }
    }

    /// Works off every job that is due, as workers do, until there is none.
    func workOff() throws {
        try with { store in
            let queue = JobQueue(store.connection)
            while true {
                let matches = try queue.claim(.match, limit: 1_000)
                for (round, jobs) in Dictionary(grouping: matches, by: \.round) {
                    try store.matchAll(round)
                    _ = try store.matchRound(round, ending: jobs)
                }
                let settles = try queue.claim(.settle, limit: 1_000)
                if !settles.isEmpty { _ = try store.settle(settles) }
                let refunds = try queue.claim(.refund, limit: 1_000)
                if !refunds.isEmpty { _ = try store.refund(refunds) }
                if matches.isEmpty && settles.isEmpty && refunds.isEmpty { return }
            }
        }
    }

    /// What does not hold, in words; empty when all is well.
    func violations() throws -> [String] {
        let checks = [
            "transactions that do not sum to zero": """
            SELECT count(*) FROM (SELECT FROM wallet_ledgers GROUP BY transaction_id
                HAVING sum(amount) <> 0) AS x
            """,
            "transactions without entries": """
            SELECT count(*) FROM ledger_transactions t WHERE NOT EXISTS (
                SELECT FROM wallet_ledgers e WHERE e.transaction_id = t.id)
            """,
            "balances that are not their entries' sum": """
            SELECT count(*) FROM wallets w WHERE balance <> coalesce((
                SELECT sum(amount) FROM wallet_ledgers e WHERE e.user_id = w.user_id), 0)
            """,
            "entries that do not follow the one before": """
            SELECT count(*) FROM (SELECT balance_before,
                coalesce(lag(balance_after) OVER (PARTITION BY user_id ORDER BY id), 0) AS last
                FROM wallet_ledgers WHERE user_id IS NOT NULL) AS x
            WHERE balance_before <> last
            """,
            "locked balances that are not the open and unsettled stakes": """
            SELECT count(*) FROM wallets w WHERE locked_balance <> coalesce((
                SELECT sum(remaining + matched - settled) FROM placed_bets b
                WHERE b.user_id = w.user_id), 0)
            """,
            "open stakes that are not what is open and unsettled": """
            SELECT count(*) FROM (
                SELECT coalesce((SELECT sum(amount) FROM wallet_ledgers
                    WHERE account = 'open_stakes'), 0) AS entries,
                coalesce((SELECT sum(remaining + matched - settled) FROM placed_bets), 0)
                    AS stakes) AS x WHERE entries <> stakes
            """,
            "bets whose matched part is not their matches'": """
            SELECT count(*) FROM placed_bets b WHERE matched <> coalesce((
                SELECT sum(amount) FROM matches m
                WHERE b.id IN (m.bet_a, m.bet_b) AND m.state <> 'VOID'), 0)
            """,
            "bets whose refunds are not their transactions'": """
            SELECT count(*) FROM placed_bets b WHERE refunded <> coalesce((
                SELECT sum(e.amount) FROM ledger_transactions t
                JOIN wallet_ledgers e ON e.transaction_id = t.id AND e.account = 'wallet'
                LEFT JOIN matches m ON t.kind = 'VOID'
                    AND t.idempotent_key IN ('VOID:' || m.id || ':A', 'VOID:' || m.id || ':B')
                WHERE t.idempotent_key = 'REFUND:' || b.id
                    OR (m.bet_a = b.id AND t.idempotent_key = 'VOID:' || m.id || ':A')
                    OR (m.bet_b = b.id AND t.idempotent_key = 'VOID:' || m.id || ':B')), 0)
            """,
            "matches that were not paid as they ended": """
            SELECT count(*) FROM matches m WHERE
                (SELECT count(*) FROM ledger_transactions t
                    WHERE t.idempotent_key = 'SETTLE:' || m.id)
                    <> CASE WHEN state = 'SETTLED' THEN 1 ELSE 0 END
                OR (SELECT count(*) FROM ledger_transactions t WHERE t.idempotent_key IN
                    ('VOID:' || m.id || ':A', 'VOID:' || m.id || ':B'))
                    <> CASE WHEN state = 'VOID' THEN 2 ELSE 0 END
            """,
        ]
        var found: [String] = []
        for (what, sql) in checks {
            let count = try number(sql)
            if count > 0 { found.append("\(count) \(what)") }
        }
        return found
    }
}

extension LedgerStore {
    /// As an API would, with an answer that shows the bet and the balance.
    func place(_ placements: [Placement]) throws -> [PlacementOutcome] {
        try placeBets(placements) { placement, balance in
            .sample(placement.betID, balance)
        }
    }
}

extension StoredAnswer {
    static func sample(_ bet: BetID, _ balance: MoneySum) -> StoredAnswer {
        StoredAnswer(status: 202, body: "\(bet) \(balance)")
    }
}

extension Money {
    static func whole(_ number: Int64) -> Money { Money(units: number * unitsPerWhole) }
}

extension MoneySum {
    static func whole(_ number: Int64) -> MoneySum { MoneySum(.whole(number)) }
}

/// Runs `body` on a thread that may block.
func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// Runs `count` of `body` at once, each on a thread of its own.
func atOnce<R: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) throws -> R
) async throws -> [R] {
    try await withThrowingTaskGroup(of: R.self) { group in
        for index in 0..<count {
            group.addTask { try await onThread { try body(index) } }
        }
        return try await group.reduce(into: []) { $0.append($1) }
    }
}
