extension PostgresError {
    /// What a caller found out itself and trying again may mend.
    ///
    /// - Parameter message: goes to the log: no values.
    package static func tryAgain(_ message: String) -> PostgresError {
        PostgresError(cause: .server, kind: .retry, message: message)
    }

    /// What a caller found out itself and only a person can mend.
    ///
    /// - Parameter message: goes to the log: no values.
    package static func stop(_ message: String) -> PostgresError {
        PostgresError(cause: .server, kind: .stop, message: message)
    }
}
