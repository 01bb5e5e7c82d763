/// What a SQLSTATE asks of the caller. Source: PostgreSQL 15, appendix A, "PostgreSQL Error Codes".
extension PostgresError.Kind {
    /// Classes not named here are mistakes of the program or of the schema: `stop`.
    private static let byClass: [String: Self] = [
        "08": .retry,  // connection exceptions
        "21": .stop,  // cardinality violation: the statement is wrong
        "22": .reject,  // data exception
        "23": .reject,  // integrity constraint violation
        "28": .stop,  // invalid authorization
        "3D": .stop,  // no such database
        "40": .retry,  // rolled back: serialization failure, deadlock
        "42": .stop,  // syntax error, no such table, access denied
        "44": .reject,  // a view's CHECK OPTION
        "53": .retry,  // disk full, out of memory, too many connections
        "54": .stop,  // too many columns or arguments: the statement is wrong
        "57": .retry,  // operator intervention: cancelled, shutting down, starting up
        "58": .retry,  // system error outside Postgres: input/output
        "72": .retry,  // snapshot too old
        "P0": .reject,  // raised by a trigger or function that judged the data
        "XX": .retry,  // internal error, mostly a race with a schema change
    ]

    /// Codes that differ from their class.
    private static let byCode: [String: Self] = [
        "22P03": .stop,  // a binary field of another type: program and schema do not match
        "22P04": .stop,  // a COPY that is not laid out as it should be
        "25006": .retry,  // read-only transaction: this is a standby, another host is not
        "25P03": .retry,  // idle in transaction for too long; the server hung up
        "25P04": .retry,  // transaction timeout (Postgres 17), likewise
        "26000": .retry,  // unknown prepared statement: prepared again next time
        "54000": .reject,  // a limit reached by the size of a value, such as an index row's
        "55006": .retry,  // object in use
        "55P03": .retry,  // lock not available
        "57P04": .stop,  // the database was dropped
        "P0002": .stop,  // no data found, in a function that expected a row
        "P0003": .stop,  // too many rows, likewise
        "P0004": .stop,  // assertion failure
        "XX001": .stop,  // data corrupted
        "XX002": .stop,  // index corrupted
    ]

    /// - Parameter sqlState: five characters; anything else is `stop`.
    package init(sqlState: String) {
        self =
            Self.byCode[sqlState] ?? Self.byClass[String(sqlState.prefix(2))] ?? .stop
    }
}
