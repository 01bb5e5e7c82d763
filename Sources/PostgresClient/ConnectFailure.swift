/// libpq's report of why no host would do, one paragraph a host, as of verbosity VERBOSE:
/// `connection to server at "h" (127.0.0.1), port 1 failed: FATAL:  28P01: password …`.
struct ConnectFailure {
    var text: String
    /// A host asked for a password and none was given.
    var needsPassword = false

    /// The hosts' failures, without the lines that explain them.
    private var lines: [Substring] {
        text.split(separator: "\n").filter { $0.hasPrefix("connection to server") }
    }

    /// What libpq 15 says when a host does not prove who it is, speaks no TLS though it has to, or a
    /// file of certificates is not there (`fe-secure-openssl.c`, `fe-connect.c`).
    private static let distrust = [
        "certificate verify failed", "does not match host name", "does not support SSL",
        "root certificate file", "certificate file \"", "private key file \"",
    ]

    private var isDistrusted: Bool {
        !lines.isEmpty && lines.allSatisfy { line in Self.distrust.contains { line.contains($0) } }
    }

    /// libpq refused its options before it tried a host.
    var isConfigurationMistake: Bool {
        text.hasPrefix("invalid ") || text.hasPrefix("could not match ")
    }

    var error: PostgresError {
        let states = lines.map(Self.sqlState)
        // One host that may come back is reason enough to try again.
        let isHopeless =
            !states.isEmpty
            && states.allSatisfy { state in
                state.map { PostgresError.Kind(sqlState: $0) != .retry }
                    ?? (needsPassword || isDistrusted)
            }
        let message = lines.isEmpty ? text.split(separator: "\n").prefix(1) : lines[...]
        return PostgresError(
            cause: .connectFailed,
            kind: isHopeless || isConfigurationMistake ? .stop : .retry,
            sqlState: states.last.flatMap { $0 },
            message: message.joined(separator: "; "),
            isConnectionLost: true
        )
    }

    /// The five characters behind the severity, if the server answered.
    private static func sqlState(in line: Substring) -> String? {
        guard let failed = line.firstRange(of: "failed: ") else { return nil }
        let parts = line[failed.upperBound...].split(separator: ":", maxSplits: 2)
        guard parts.count == 3 else { return nil }
        let code = parts[1].drop { $0 == " " }
        let isCode =
            code.utf8.count == 5
            && code.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
        return isCode ? String(code) : nil
    }
}
