import CPostgres

/// libpq's keywords. A keyword that comes later wins over an earlier one, and the URL takes the
/// place where `dbname` stands: libpq 15, 34.1.1 `PQconnectdbParams`.
extension PostgresConfiguration {
    /// - Throws: `usage`, kind `stop`, if libpq cannot read the URL. Its text is left out of the
    ///   error because it would quote the password.
    func connectionParameters() throws(PostgresError) -> [(keyword: String, value: String)] {
        let urlOptions = try optionsInURL()
        var parameters = [
            (keyword: "connect_timeout", value: "\(connectTimeoutSeconds)"),
            (keyword: "keepalives", value: "1"),
            (keyword: "keepalives_idle", value: "\(keepalivesIdleSeconds)"),
            (keyword: "keepalives_interval", value: "\(keepalivesIntervalSeconds)"),
            (keyword: "keepalives_count", value: "\(keepalivesCount)"),
            (keyword: "tcp_user_timeout", value: "\(tcpUserTimeoutMilliseconds)"),
            (keyword: "application_name", value: applicationName),
            // Looking for Kerberos tickets costs memory and a round trip.
            (keyword: "gssencmode", value: "disable"),
            (keyword: "dbname", value: url),
            (keyword: "client_encoding", value: "UTF8"),
            (keyword: "options", value: "\(sessionOptions) \(urlOptions) \(Self.pinnedOptions)"),
        ]
        if requireReadWrite {
            parameters.append((keyword: "target_session_attrs", value: "read-write"))
        }
        let texts = parameters.flatMap { [$0.keyword, $0.value] }
        guard !texts.contains(where: { $0.utf8.contains(0) }) else {
            throw PostgresError(.usage, "the configuration holds a NUL character")
        }
        return parameters
    }

    /// What shapes the text of result columns and of literals; whatever the URL says.
    private static let pinnedOptions = options([
        (name: "DateStyle", value: "ISO"),
        (name: "TimeZone", value: "UTC"),
        (name: "bytea_output", value: "hex"),
        // Literals in scripts double their quotes and leave backslashes as they are.
        (name: "standard_conforming_strings", value: "on"),
    ])

    /// The session's settings as command line options of the server.
    private var sessionOptions: String {
        var pairs: [(name: String, value: String)] = [
            // Compiling a statement takes longer than any of ours runs.
            (name: "jit", value: "off"),
            (name: "statement_timeout", value: "\(statementTimeoutMilliseconds)"),
            (
                name: "idle_in_transaction_session_timeout",
                value: "\(idleInTransactionTimeoutMilliseconds)"
            ),
            // The server's side: a client's machine that is gone must not keep its locks for hours.
            (name: "tcp_keepalives_idle", value: "\(keepalivesIdleSeconds)"),
            (name: "tcp_keepalives_interval", value: "\(keepalivesIntervalSeconds)"),
            (name: "tcp_keepalives_count", value: "\(keepalivesCount)"),
            (name: "tcp_user_timeout", value: "\(tcpUserTimeoutMilliseconds)"),
        ]
        if let lockTimeoutMilliseconds {
            pairs.append((name: "lock_timeout", value: "\(lockTimeoutMilliseconds)"))
        }
        return Self.options(pairs + settings)
    }

    private static func options(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { "-c " + escapedOption($0.name + "=" + $0.value) }.joined(separator: " ")
    }

    /// Blanks and backslashes within one option are escaped by a backslash.
    private static func escapedOption(_ option: String) -> String {
        var escaped = ""
        for character in option.unicodeScalars {
            if character == "\\" || character.properties.isWhitespace { escaped += "\\" }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }

    /// The `options` of the URL, which would otherwise be replaced by ours.
    private func optionsInURL() throws(PostgresError) -> String {
        guard !url.isEmpty, url.contains("=") || url.contains("://") else {
            throw PostgresError(.usage, "the Postgres URL is not a connection string")
        }
        guard let list = unsafe PQconninfoParse(url, nil) else {
            throw PostgresError(.usage, "the Postgres URL cannot be parsed")
        }
        defer { unsafe PQconninfoFree(list) }
        var entry = unsafe list
        while let keyword = unsafe entry.pointee.keyword {
            if unsafe String(cString: keyword) == "options", let value = unsafe entry.pointee.val {
                return unsafe String(cString: value)
            }
            unsafe entry += 1
        }
        return ""
    }
}
