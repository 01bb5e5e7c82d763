/// What went wrong between this process and Postgres, and what the caller can do about it.
///
/// `description` is safe to log: it never carries a value, a row or a statement. The server's own
/// text and its DETAIL, which may quote values, are in `debugDescription` only.
package struct PostgresError: Error, Sendable {
    /// What the caller should do.
    package enum Kind: String, Sendable {
        /// The same work may succeed later, on this connection or a new one.
        case retry
        /// This input can never succeed; its neighbours can.
        case reject
        /// Configuration, schema or program are wrong; trying again changes nothing.
        case stop
    }

    /// Where the error comes from. The list is closed.
    package enum Cause: String, Sendable {
        /// The server answered with an error; `sqlState` is set.
        case server
        /// No connection could be made to any host.
        case connectFailed
        /// The connection was there and is gone.
        case connectionLost
        /// The server said nothing for the response timeout; the connection was closed.
        case responseTimeout
        /// No connection of the pool came free in time.
        case poolExhausted
        /// The pool was closed.
        case poolClosed
        /// A column does not hold what the caller asked for.
        case decoding
        /// The driver was called in a way it does not support.
        case usage
    }

    package let cause: Cause
    package let kind: Kind
    /// Five characters, when the server gave one.
    package let sqlState: String?
    /// The constraint that was violated.
    package let constraint: String?
    /// The table that the error is about.
    package let table: String?
    /// The primary text, of the server or of the driver. May quote a value: not for the log.
    package let message: String
    /// The server's DETAIL and where in a COPY it was. Quotes values: not for the log.
    package let detail: String?
    /// The connection is of no more use; a new one may be.
    package let isConnectionLost: Bool
    /// The connection went while something was under way that may have been committed: the caller
    /// has to look before doing it again.
    package let commitUnknown: Bool

    init(
        cause: Cause,
        kind: Kind,
        sqlState: String? = nil,
        constraint: String? = nil,
        table: String? = nil,
        message: String,
        detail: String? = nil,
        isConnectionLost: Bool = false,
        commitUnknown: Bool = false
    ) {
        self.cause = cause
        self.kind = kind
        self.sqlState = sqlState
        self.constraint = constraint
        self.table = table
        self.message = message
        self.detail = detail
        self.isConnectionLost = isConnectionLost
        self.commitUnknown = commitUnknown
    }

    /// An error of this driver's own, whose text quotes no values.
    init(_ cause: Cause, _ message: String) {
        let kind: Kind =
            switch cause {
            case .decoding, .usage, .poolClosed, .server: .stop
            case .connectFailed, .connectionLost, .responseTimeout, .poolExhausted: .retry
            }
        self.init(
            cause: cause,
            kind: kind,
            message: message,
            isConnectionLost: cause == .connectionLost || cause == .responseTimeout
        )
    }

    /// The same error, marked as one whose transaction may have been committed.
    func withCommitUnknown() -> PostgresError {
        with(isConnectionLost: isConnectionLost, commitUnknown: true)
    }

    /// The same error, marked as the last one of its connection.
    func withConnectionLost() -> PostgresError {
        with(isConnectionLost: true, commitUnknown: commitUnknown)
    }

    private func with(isConnectionLost: Bool, commitUnknown: Bool) -> PostgresError {
        PostgresError(
            cause: cause,
            kind: kind,
            sqlState: sqlState,
            constraint: constraint,
            table: table,
            message: message,
            detail: detail,
            isConnectionLost: isConnectionLost,
            commitUnknown: commitUnknown
        )
    }

    /// A second row with the same key.
    package var isUniqueViolation: Bool { sqlState == "23505" }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible {
    package var description: String {
        var parts = ["postgres \(cause.rawValue)"]
        if let sqlState { parts.append("SQLSTATE \(sqlState)") }
        if let table { parts.append("table \(table)") }
        if let constraint { parts.append("constraint \(constraint)") }
        if isMessageSafe { parts.append(message) }
        if commitUnknown { parts.append("commit unknown") }
        parts.append("(\(kind.rawValue))")
        return parts.joined(separator: ", ")
    }

    package var debugDescription: String {
        var text = description
        if !isMessageSafe { text += ": " + message }
        if let detail { text += " [" + detail + "]" }
        return text
    }

    /// The server's texts of these classes name tables, users and limits, but never a value.
    private var isMessageSafe: Bool {
        guard let sqlState, cause == .server || cause == .connectionLost else { return true }
        let classes = ["08", "25", "28", "3D", "40", "53", "55", "57", "58"]
        let codes = ["42P01", "42703", "42501", "42883", "26000"]
        return classes.contains(String(sqlState.prefix(2))) || codes.contains(sqlState)
    }
}
