package import Betting
package import Ledger
package import PostgresClient

/// What a user sees of their own. Whose it is stands in every statement: another's bet is not there.
extension LedgerStore {
    /// A page of a list has at most so many lines.
    package static let pageRowsMax = 200
    /// A page looks at so many rows for those of a state: whoever has a long history waits no longer
    /// for a page than others, and keeps nobody waiting.
    package static let pageLookMax = 2_000

    private static let walletStatement: Statement =
        "SELECT balance, locked_balance, version FROM wallets WHERE user_id = $1"

    package func wallet(of user: UserID) throws(PostgresError) -> Wallet {
        let rows = try connection.query(Self.walletStatement, [.int64(user.rawValue)])
        guard rows.rowCount > 0 else {
            return Wallet(user: user, balance: .zero, locked: .zero, version: 0)
        }
        return Wallet(
            user: user,
            balance: try rows.sum(0, 0),
            locked: try rows.sum(0, 1),
            version: try rows.int64(0, 2)
        )
    }

    private static let entriesStatement: Statement = """
        SELECT e.id, t.kind, t.idempotent_key, e.amount, e.balance_before, e.balance_after,
            t.created_at
        FROM wallet_ledgers e JOIN ledger_transactions t ON t.id = e.transaction_id
        WHERE e.user_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3
        """

    /// The wallet's statement, newest first.
    ///
    /// - Parameters:
    ///   - cursor: the `id` of the last line seen; nil for the first page.
    ///   - limit: lines, up to `pageRowsMax`.
    package func ledger(
        of user: UserID,
        before cursor: Int64? = nil,
        limit: Int = 50
    ) throws(PostgresError) -> [WalletEntry] {
        let rows = try connection.query(
            Self.entriesStatement,
            [.int64(user.rawValue), .int64(cursor ?? .max), Self.rows(limit)]
        )
        var entries: [WalletEntry] = []
        for row in 0..<rows.rowCount {
            guard let kind = LedgerKind(rawValue: try rows.string(row, 1)) else {
                throw .stop("a ledger transaction that this version does not know")
            }
            entries.append(
                WalletEntry(
                    id: try rows.int64(row, 0),
                    kind: kind,
                    key: try rows.string(row, 2),
                    amount: try rows.sum(row, 3),
                    balanceBefore: try rows.sum(row, 4),
                    balanceAfter: try rows.sum(row, 5),
                    createdAt: Timestamp(microseconds: try rows.timestamp(row, 6))
                )
            )
        }
        return entries
    }

    // By its id first: a plan made while the table is empty may look through all bets of the user.
    private static let betStatement = Statement(
        """
        WITH b AS MATERIALIZED (SELECT * FROM placed_bets WHERE id = $1::uuid)
        SELECT \(PlacedBet.columns) FROM b WHERE user_id = $2
        """
    )

    /// Nil when there is no such bet, or it is another user's.
    package func bet(_ id: BetID, of user: UserID) throws(PostgresError) -> PlacedBet? {
        let rows = try connection.query(
            Self.betStatement,
            [.uuid(high: id.high, low: id.low), .int64(user.rawValue)]
        )
        return rows.rowCount > 0 ? try PlacedBet(rows, 0) : nil
    }

    // Rows are numbered as they are read, and reading ends with the page. The last that may be looked
    // at is answered whatever its state, so that the next page can begin there.
    private static let betsStatement = Statement(
        """
        SELECT \(PlacedBet.columns), is_wanted, place FROM (
            SELECT \(PlacedBet.columns), ($3::text IS NULL OR state = $3) AS is_wanted,
                row_number() OVER (ORDER BY number DESC) AS place
            FROM placed_bets WHERE user_id = $1 AND number < $2
            ORDER BY number DESC LIMIT $5
        ) AS looked_at
        WHERE is_wanted OR place = $5
        ORDER BY number DESC LIMIT $4
        """
    )

    /// The user's bets, newest first.
    ///
    /// - Parameters:
    ///   - state: only those; nil for all.
    ///   - cursor: the `number` of the last bet seen; nil for the first page.
    ///   - limit: bets, up to `pageRowsMax`.
    ///   - lookMax: bets of any state that are looked at.
    package func bets(
        of user: UserID,
        state: BetState? = nil,
        before cursor: Int64? = nil,
        limit: Int = 50,
        lookMax: Int = Self.pageLookMax
    ) throws(PostgresError) -> Listing<PlacedBet> {
        let rows = try connection.query(
            Self.betsStatement,
            [
                .int64(user.rawValue), .int64(cursor ?? .max), .optional(state?.rawValue),
                Self.rows(limit), .int64(Int64(lookMax)),
            ]
        )
        return try Self.listing(rows, lookMax: lookMax) { row throws(PostgresError) in
            try PlacedBet(rows, row)
        }
    }

    /// Rows whose last columns are `is_wanted` and `place`.
    static func listing<Row: Sendable>(
        _ rows: ResultSet,
        lookMax: Int,
        _ read: (Int) throws(PostgresError) -> Row
    ) throws(PostgresError) -> Listing<Row> {
        var wanted: [Row] = []
        var endedAt: Row?
        for index in 0..<rows.rowCount {
            let row = try read(index)
            if try rows.bool(index, rows.columnCount - 2) { wanted.append(row) }
            if try rows.int64(index, rows.columnCount - 1) == lookMax { endedAt = row }
        }
        return Listing(rows: wanted, endedAt: endedAt)
    }

    static func rows(_ limit: Int) -> PostgresValue {
        .int64(Int64(min(max(limit, 1), pageRowsMax)))
    }
}
