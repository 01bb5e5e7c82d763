/// How much of others' work a transaction sees.
package enum TransactionIsolation: String, Sendable {
    case readCommitted = "READ COMMITTED"
    case repeatableRead = "REPEATABLE READ"
    case serializable = "SERIALIZABLE"
}

extension PostgresConnection {
    /// Runs `body` between BEGIN and COMMIT, and rolls back if it throws.
    ///
    /// Nothing is repeated: on kind `retry` the caller runs the whole transaction again, but after
    /// `commitUnknown` only when that is harmless or once it has looked.
    ///
    /// - Throws: what `body` throws; a `PostgresError`, with `commitUnknown` if the connection went
    ///   during COMMIT. A transaction that an error inside `body` made invalid, an error that
    ///   `body` then swallowed, throws 25P02.
    package func transaction<R>(
        isolation: TransactionIsolation = .readCommitted,
        _ body: (PostgresConnection) throws -> R
    ) throws -> R {
        guard transactionStatus != .inTransaction, transactionStatus != .failed else {
            throw PostgresError(.usage, "a transaction is under way already")
        }
        _ = try run("BEGIN ISOLATION LEVEL \(isolation.rawValue)")
        let value: R
        do {
            value = try body(self)
        } catch {
            rollBack()
            throw error
        }
        do throws(PostgresError) {
            _ = try run("COMMIT")
        } catch {
            rollBack()
            throw error
        }
        return value
    }

    /// Ends whatever transaction is under way; a connection that cannot do that is closed.
    package func rollBack() {
        switch transactionStatus {
        case .idle, .unknown: return
        case .active: close()
        case .inTransaction, .failed:
            do throws(PostgresError) {
                _ = try run("ROLLBACK")
            } catch {
                close()
            }
        }
    }
}
