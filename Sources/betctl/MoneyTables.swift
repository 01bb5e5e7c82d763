import PostgresClient

/// The tables of the money, and how they are emptied although nothing in them may be deleted.
enum MoneyTables {
    static let tables = [
        "rounds", "wallets", "ledger_transactions", "wallet_ledgers", "ledger_checkpoints",
        "placed_bets", "matches", "jobs", "bet_outbox", "idempotency_keys",
    ]
    /// Written once: by triggers, and by rights that their owner does not have either.
    private static let appendOnly = ["ledger_transactions", "wallet_ledgers"]
    private static let guarded = appendOnly + ["rounds", "wallets", "placed_bets", "matches"]

    static func isEmpty(_ postgres: PostgresConnection) throws -> Bool {
        let row = try postgres.query(
            "SELECT EXISTS (SELECT FROM ledger_transactions) OR EXISTS (SELECT FROM rounds)"
        )
        return try !row.bool(0, 0)
    }

    /// Empties them: the guards are taken down and put up again, in one transaction.
    ///
    /// - Throws: `CommandFailure` unless the server is on this machine.
    static func empty(_ postgres: PostgresConnection) throws {
        let server = try postgres.query(
            """
            SELECT inet_server_addr() IS NULL OR inet_server_addr() <<= '127.0.0.0/8'
                OR inet_server_addr() = '::1'
            """
        )
        guard try server.bool(0, 0) else {
            throw CommandFailure("--money: only where Postgres is on this machine")
        }
        let owned = appendOnly.joined(separator: ", ")
        func triggers(_ verb: String) -> String {
            guarded.map { "ALTER TABLE \($0) \(verb) TRIGGER USER" }.joined(separator: "; ")
        }
        do {
            _ = try postgres.run(
                """
                BEGIN; GRANT TRUNCATE ON \(owned) TO CURRENT_USER; \(triggers("DISABLE"));
                TRUNCATE \(tables.joined(separator: ", "));
                \(triggers("ENABLE")); REVOKE TRUNCATE ON \(owned) FROM CURRENT_USER; COMMIT
                """
            )
        } catch {
            postgres.rollBack()
            throw error
        }
    }
}
