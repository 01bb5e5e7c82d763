import CPostgres
import FaultPoints

/// Sending and receiving, with the connection left in a known state whatever happens.
extension PostgresConnection {
    /// Why receiving ended.
    enum Received {
        case everything
        /// The server waits for the rows of a COPY.
        case copyBegan
    }

    /// Sends by `send` and collects every result.
    ///
    /// - Parameters:
    ///   - text: what is sent, to judge whether a lost connection leaves a commit unknown.
    ///   - isPreparing: nothing is executed, so nothing can be committed.
    func exchange(
        _ text: String,
        isPreparing: Bool = false,
        _ send: (inout Link) throws(PostgresError) -> Void
    ) throws(PostgresError) -> [ResultSet] {
        let before = try begin(text)
        var results: [ResultSet] = []
        do throws(PostgresError) {
            try send(&link)
            FaultPoint.commitSent.reach(if: text.hasSuffix("; COMMIT"))
            if try receive(&results) == .copyBegan {
                try endUnexpectedCopy()
            }
        } catch {
            throw isPreparing ? error : judged(error, text, before)
        }
        return results
    }

    /// The state before a call; throws if the call cannot be made.
    func begin(_ text: String) throws(PostgresError) -> TransactionStatus {
        guard !isCopying else {
            throw PostgresError(.usage, "the connection is busy with a COPY")
        }
        guard isUsable else {
            throw PostgresError(.connectionLost, "the connection is closed")
        }
        guard !text.utf8.contains(0) else {
            throw PostgresError(.usage, "a statement holds a NUL character")
        }
        return transactionStatus
    }

    /// Takes results until there are no more; then throws the first error among them. Returns
    /// early when a COPY begins.
    func receive(_ results: inout [ResultSet]) throws(PostgresError) -> Received {
        var failure: PostgresError?
        while let result = try link.nextResult() {
            if result.isError {
                failure = failure ?? result.error
            } else if result.status == PGRES_COPY_IN {
                return .copyBegan
            } else if result.status == PGRES_COPY_OUT || result.status == PGRES_COPY_BOTH {
                close()
                throw PostgresError(.usage, "COPY … TO STDOUT is not supported")
            } else {
                results.append(ResultSet(result))
            }
        }
        if let failure {
            throw finished(failure)
        }
        return .everything
    }

    /// Ends a COPY that the caller has no rows for.
    func endUnexpectedCopy() throws(PostgresError) {
        abandonCopy("no rows")
        throw PostgresError(.usage, "COPY … FROM STDIN needs the call `copy`")
    }

    /// Fails the COPY under way and takes the server's answer to that.
    func abandonCopy(_ reason: String) {
        do throws(PostgresError) {
            try link.sendCopyEnd(failure: reason)
            var dropped: [ResultSet] = []
            if try receive(&dropped) == .copyBegan { close() }
        } catch {
            // 57014, the answer that was asked for; a lost connection closed itself.
        }
    }

    /// Of a write on a server that takes none (any more): a new connection asks all hosts which does.
    private static let readOnlyState = "25006"

    /// Closes a connection that ended with `error`, so that the next call says so at once.
    private func finished(_ error: PostgresError) -> PostgresError {
        if error.sqlState == Self.readOnlyState {
            close()
            return error
        }
        if error.isConnectionLost || !link.isOpen {
            close()
            return error.isConnectionLost ? error : error.withConnectionLost()
        }
        return error
    }

    /// Marks a lost connection whose last words may have been a commit.
    func judged(
        _ error: PostgresError,
        _ text: String,
        _ before: TransactionStatus
    ) -> PostgresError {
        guard error.isConnectionLost else { return error }
        let isAutocommit = before == .idle && !Self.beginsTransaction(text)
        return isAutocommit || Self.containsCommit(text) ? error.withCommitUnknown() : error
    }

    /// Looks for the word, not for the statement: a false alarm only costs a look.
    static func containsCommit(_ text: String) -> Bool {
        text.uppercased().firstRange(of: "COMMIT") != nil
    }

    private static func beginsTransaction(_ text: String) -> Bool {
        let first = text.drop { $0.isWhitespace }.prefix { $0.isLetter }.uppercased()
        return first == "BEGIN" || first == "START"
    }
}
