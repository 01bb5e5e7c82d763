import Betting
import FaultPoints
import Ledger
import PostgresClient

/// Wallets that are locked, and what a transaction does to them: ledger transactions, and stakes
/// that come to be locked or free.
struct WalletChanges {
    private let connection: PostgresConnection
    /// As they were when they were locked.
    let before: [UserID: MoneySum]

    private var balances: [UserID: MoneySum]
    private var lockedChanges: [UserID: MoneySum] = [:]
    private var transactions: [LedgerTransaction] = []
    /// Where each wallet stood after each entry, in the entries' order.
    private var rows = EntryRows()

    private static let lockStatement: Statement = """
        SELECT user_id, balance FROM wallets WHERE user_id = ANY ($1::bigint[])
        ORDER BY user_id FOR NO KEY UPDATE
        """

    /// Locks the wallets in the order of their users. Those that do not exist are not in `before`.
    init(
        _ users: some Sequence<UserID>,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        let numbers = Set(users).sorted().map(\.rawValue)
        let rows = try connection.query(Self.lockStatement, [.int64Array(numbers)])
        var before: [UserID: MoneySum] = [:]
        for row in 0..<rows.rowCount {
            guard let user = UserID(try rows.int64(row, 0)) else { continue }
            before[user] = MoneySum(units: try rows.numeric(row, 1))
        }
        self.connection = connection
        self.before = before
        balances = before
        FaultPoint.walletsLocked.reach()
    }

    /// What the wallet has after everything that was added so far.
    func balance(_ user: UserID) -> MoneySum { balances[user] ?? .zero }

    /// Adds a ledger transaction between a wallet that is locked and accounts of the house.
    ///
    /// - Parameter locked: by how much the user's locked stakes change.
    mutating func add(
        _ transaction: LedgerTransaction,
        locked: [(UserID, MoneySum)] = []
    ) throws(PostgresError) {
        transactions.append(transaction)
        for entry in transaction.entries {
            var after: MoneySum?
            if let user = entry.account.user {
                guard let balance = balances[user] else {
                    throw .stop("a ledger entry for a wallet that is not there")
                }
                after = balance + entry.amount
                balances[user] = after
            }
            rows.append(entry, transaction: transactions.count, after: after)
        }
        for (user, change) in locked { lock(user, change) }
    }

    /// Changes what a user has locked, without an entry.
    mutating func lock(_ user: UserID, _ change: MoneySum) {
        lockedChanges[user, default: .zero] += change
    }

    private static let writeStatement: Statement = """
        WITH t AS MATERIALIZED (
            SELECT nextval('ledger_transactions_id_seq') AS id, kind, key, ord
            FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS u (kind, key, ord)),
        ids AS MATERIALIZED (SELECT array_agg(id ORDER BY ord) AS of FROM t),
        transactions AS (
            INSERT INTO ledger_transactions (id, kind, idempotent_key)
            SELECT id, kind, key FROM t ORDER BY ord),
        entries AS (
            INSERT INTO wallet_ledgers
                (transaction_id, account, user_id, amount, balance_before, balance_after)
            SELECT (SELECT of FROM ids)[ord], account, user_id, amount,
                CASE WHEN user_id IS NOT NULL THEN after - amount END,
                CASE WHEN user_id IS NOT NULL THEN after END
            FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::numeric[], $7::numeric[])
                WITH ORDINALITY AS e (ord, account, user_id, amount, after, position)
            ORDER BY position),
        changed AS (
            UPDATE wallets w SET balance = c.balance,
                locked_balance = w.locked_balance + c.locked,
                version = w.version + 1, updated_at = now()
            FROM unnest($8::bigint[], $9::numeric[], $10::numeric[])
                AS c (user_id, balance, locked)
            WHERE w.user_id = c.user_id RETURNING w.user_id)
        SELECT id, (SELECT count(*) FROM changed) FROM t ORDER BY ord
        """

    /// Writes it all. A key that is there already ends the transaction, 23505.
    ///
    /// - Returns: the ids of the ledger transactions, in the order they were added.
    func write() throws(PostgresError) -> [Int64] {
        guard !transactions.isEmpty else { return [] }
        let users = before.keys.filter { user in
            balances[user] != before[user] || lockedChanges[user, default: .zero] != .zero
        }
        let keys = transactions.map(\.key)
        let result = try connection.query(
            Self.writeStatement,
            [
                .textArray(keys.map(\.kind.rawValue)), .textArray(keys.map(\.text)),
                .int64Array(rows.transactions), .textArray(rows.accounts),
                .optionalInt64Array(rows.users),
                .numericArray(rows.amounts, scale: Money.scale),
                .numericArray(rows.balances, scale: Money.scale),
                .int64Array(users.map(\.rawValue)),
                .numericArray(users.map { balance($0).units }, scale: Money.scale),
                .numericArray(
                    users.map { lockedChanges[$0, default: .zero].units },
                    scale: Money.scale
                ),
            ]
        )
        guard result.rowCount == transactions.count,
            try result.int64(0, 1) == Int64(users.count)
        else { throw .stop("wallets or ledger transactions that were not written") }
        var ids: [Int64] = []
        ids.reserveCapacity(result.rowCount)
        for row in 0..<result.rowCount { ids.append(try result.int64(row, 0)) }
        FaultPoint.entriesWritten.reach()
        return ids
    }
}

/// Ledger entries as columns.
private struct EntryRows {
    /// The transaction's place among those of one statement, from 1.
    private(set) var transactions: [Int64] = []
    private(set) var accounts: [String] = []
    private(set) var users: [Int64?] = []
    private(set) var amounts: [Int128] = []
    /// 0 for accounts of the house, which have none.
    private(set) var balances: [Int128] = []

    mutating func append(_ entry: LedgerEntry, transaction: Int, after: MoneySum?) {
        transactions.append(Int64(transaction))
        accounts.append(entry.account.name)
        users.append(entry.account.user?.rawValue)
        amounts.append(entry.amount.units)
        balances.append(after?.units ?? 0)
    }
}
