import Betting
package import Ledger
package import PostgresClient

/// What operators ask.
extension LedgerStore {
    private static let summaryStatement: Statement = """
        WITH house AS (
            SELECT account, sum(amount) AS amount FROM (
                SELECT account, balance AS amount FROM ledger_checkpoints
                UNION ALL
                SELECT account, amount FROM wallet_ledgers WHERE user_id IS NULL
                    AND xid >= (SELECT coalesce(min(horizon), 0) FROM ledger_checkpoints)) AS e
            GROUP BY account),
        users AS (
            SELECT count(*) AS count, coalesce(sum(balance), 0) AS balance,
                coalesce(sum(locked_balance), 0) AS locked FROM wallets)
        SELECT -coalesce((SELECT amount FROM house WHERE account = 'deposits'), 0),
            coalesce((SELECT amount FROM house WHERE account = 'open_stakes'), 0),
            coalesce((SELECT amount FROM house WHERE account = 'house'), 0),
            balance, locked, count FROM users
        """

    /// All money, in one snapshot. Reads every wallet, and the entries since the last checkpoint.
    package func moneySummary() throws(PostgresError) -> MoneySummary {
        let rows = try connection.query(Self.summaryStatement)
        return MoneySummary(
            deposits: try rows.sum(0, 0),
            wallets: try rows.sum(0, 3),
            locked: try rows.sum(0, 4),
            openStakes: try rows.sum(0, 1),
            house: try rows.sum(0, 2),
            walletCount: try rows.int64(0, 5)
        )
    }

    /// A checkpoint stays below every transaction that is open: its entries are not to be seen yet.
    /// Rows always have one horizon together. What two processes make at once is right, each.
    private static let checkpointStatement: Statement = """
        WITH span AS MATERIALIZED (
            SELECT coalesce(min(horizon), 0) AS first,
                pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS next
            FROM ledger_checkpoints),
        fresh AS (
            SELECT account, sum(amount) AS amount FROM wallet_ledgers
            WHERE user_id IS NULL AND xid >= (SELECT first FROM span)
                AND xid < (SELECT next FROM span)
            GROUP BY account)
        INSERT INTO ledger_checkpoints AS c (account, horizon, balance)
        SELECT a.account, span.next, coalesce(o.balance, 0) + coalesce(fresh.amount, 0)
        FROM unnest(ARRAY['deposits', 'house', 'open_stakes']) AS a (account)
        CROSS JOIN span LEFT JOIN ledger_checkpoints o ON o.account = a.account
        LEFT JOIN fresh ON fresh.account = a.account
        ON CONFLICT (account) DO UPDATE SET horizon = excluded.horizon,
            balance = excluded.balance, made_at = now()
        WHERE c.horizon < excluded.horizon
        """

    /// After an outage, or when the checkpoints of a restored database were deleted, there is much
    /// to sum up: some million entries a second. Otherwise it never ended, and the next time there
    /// were more.
    private static let checkpointSecondsMax = 40

    /// Sums up the accounts of the house, so that the next sum is short. Takes up to
    /// `checkpointSecondsMax`.
    package func makeCheckpoint() throws(PostgresError) {
        let before = connection.responseTimeoutMilliseconds
        connection.responseTimeoutMilliseconds = (Self.checkpointSecondsMax + 2) * 1_000
        defer { connection.responseTimeoutMilliseconds = before }
        try transaction(
            begin: "BEGIN; SET LOCAL statement_timeout = '\(Self.checkpointSecondsMax)s'"
        ) { () throws(PostgresError) in
            _ = try connection.query(Self.checkpointStatement)
        }
    }

    private static let backlogStatement: Statement = """
        SELECT (SELECT count(*) FROM (SELECT FROM bet_outbox LIMIT $1) AS o),
            coalesce(extract(epoch FROM clock_timestamp()
                - (SELECT created_at FROM bet_outbox ORDER BY number LIMIT 1)), 0)::float8
        """

    /// More than these are not counted where it is done every second.
    package static let backlogCountMax = 2_000_000

    /// How many placed bets wait to be published, up to `limit`, and how long the first has waited.
    package func backlog(limit: Int = .max) throws(PostgresError) -> MoneyBacklog {
        let rows = try connection.query(Self.backlogStatement, [.int64(Int64(limit))])
        return MoneyBacklog(
            outboxCount: try rows.int64(0, 0),
            outboxOldestSeconds: try rows.double(0, 1)
        )
    }

    private static let outboxCountStatement: Statement = """
        WITH span AS MATERIALIZED (
            SELECT coalesce((SELECT last_value FROM ledger_transactions_id_seq)
                - (SELECT number FROM bet_outbox ORDER BY number LIMIT 1) + 1, 0) AS bets)
        SELECT CASE WHEN bets <= $1 THEN bets
            ELSE (SELECT count(*) FROM (SELECT FROM bet_outbox LIMIT $1 + 1) AS o) END
        FROM span
        """

    /// Cheap enough to ask every second, for whoever places bets and wants a limit.
    ///
    /// - Returns: no less than the placed bets that wait to be published, until there are more than
    ///   `limit`: then `limit + 1`. Above `limit` only if there are more than `limit`.
    package func outboxCount(limit: Int) throws(PostgresError) -> Int {
        Int(try connection.query(Self.outboxCountStatement, [.int64(Int64(limit))]).int64(0, 0))
    }

    private static let unsettledStatement = Statement(
        """
        SELECT \(Round.columns), bets.count, bets.amount, matched.count, matched.amount
        FROM rounds r
        CROSS JOIN LATERAL (
            SELECT count(*) AS count, coalesce(sum(remaining), 0) AS amount FROM placed_bets
            WHERE round_id = r.id AND remaining > 0) AS bets
        CROSS JOIN LATERAL (
            SELECT count(*) AS count, 2 * coalesce(sum(amount), 0) AS amount FROM matches
            WHERE round_id = r.id AND state = 'OPEN') AS matched
        WHERE settled_at IS NULL ORDER BY id LIMIT $1
        """
    )

    /// Rounds in which something is left to do.
    package func unsettledRounds(limit: Int) throws(PostgresError) -> [UnsettledRound] {
        let rows = try connection.query(Self.unsettledStatement, [.int64(Int64(limit))])
        var rounds: [UnsettledRound] = []
        for row in 0..<rows.rowCount {
            rounds.append(
                UnsettledRound(
                    round: try Round(rows, row),
                    openBetCount: try rows.int64(row, 6),
                    openStakes: try rows.sum(row, 7),
                    openMatchCount: try rows.int64(row, 8),
                    matchedStakes: try rows.sum(row, 9)
                )
            )
        }
        return rounds
    }

    private static let walletsStatement: Statement = """
        SELECT user_id, balance, locked_balance, version FROM wallets WHERE user_id > $1
        ORDER BY user_id LIMIT $2
        """

    /// Wallets in the order of their users.
    ///
    /// - Parameter cursor: the last user seen; nil for the first page.
    package func wallets(after cursor: UserID? = nil, limit: Int) throws(PostgresError) -> [Wallet]
    {
        let rows = try connection.query(
            Self.walletsStatement,
            [.int64(cursor?.rawValue ?? 0), .int64(Int64(limit))]
        )
        var wallets: [Wallet] = []
        for row in 0..<rows.rowCount {
            wallets.append(
                Wallet(
                    user: try rows.user(row, 0),
                    balance: try rows.sum(row, 1),
                    locked: try rows.sum(row, 2),
                    version: try rows.int64(row, 3)
                )
            )
        }
        return wallets
    }
}
