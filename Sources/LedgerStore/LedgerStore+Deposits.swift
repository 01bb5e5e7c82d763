package import Betting
package import Ledger
package import PostgresClient

extension LedgerStore {
    private static let openStatement: Statement =
        "INSERT INTO wallets (user_id) VALUES ($1) ON CONFLICT DO NOTHING"

    /// Pays money into a user's wallet, and opens the wallet when there is none.
    ///
    /// - Parameters:
    ///   - amount: above 0.
    ///   - key: the operator's; it belongs to this deposit for ever.
    package func deposit(
        _ amount: Money,
        to user: UserID,
        key: String
    ) throws(PostgresError) -> DepositOutcome {
        do throws(PostgresError) {
            return try transaction { () throws(PostgresError) in
                _ = try connection.query(Self.openStatement, [.int64(user.rawValue)])
                var wallets = try WalletChanges([user], on: connection)
                if let earlier = try earlierDeposit(amount, to: user, key: key) { return earlier }
                try wallets.add(.deposit(key, amount, to: user))
                _ = try wallets.write()
                return .accepted(balance: wallets.balance(user))
            }
        } catch {
            // The key is another user's, whose wallet is not locked here.
            guard error.isUniqueViolation else { throw error }
            return .keyConflict
        }
    }

    private static let keyStatement: Statement =
        "SELECT id FROM ledger_transactions WHERE idempotent_key = $1"

    private static let entryStatement: Statement = """
        SELECT amount, balance_after FROM wallet_ledgers
        WHERE user_id = $1 AND transaction_id = $2
        """

    /// Nil when the key is new.
    private func earlierDeposit(
        _ amount: Money,
        to user: UserID,
        key: String
    ) throws(PostgresError) -> DepositOutcome? {
        let key = LedgerKey.deposit(key).text
        let transactions = try connection.query(Self.keyStatement, [.text(key)])
        guard transactions.rowCount > 0 else { return nil }
        let entries = try connection.query(
            Self.entryStatement,
            [.int64(user.rawValue), .int64(try transactions.int64(0, 0))]
        )
        guard entries.rowCount == 1, try entries.numeric(0, 0) == Int128(amount.units) else {
            return .keyConflict
        }
        return .replayed(balance: MoneySum(units: try entries.numeric(0, 1)))
    }
}
