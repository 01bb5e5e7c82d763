/// How to reach Postgres and how long to wait for it.
///
/// Timeouts, keep-alives and most options given in `url` win over the ones here; hosts must be
/// writable if `requireReadWrite` says so, and values have the text that is read here, whatever the
/// URL says.
package struct PostgresConfiguration: Sendable {
    /// `postgresql://user:password@host:port,host:port/database?…` or libpq's `key=value` form.
    /// Hosts are tried in turn.
    package var url: String
    /// Shown in `pg_stat_activity`.
    package var applicationName: String
    /// Time to connect, for each address of each host. libpq takes 2 as the least.
    package var connectTimeoutSeconds = 3
    /// The server ends a statement after this long; 0 is never.
    package var statementTimeoutMilliseconds = 5_000
    /// The server gives up waiting for a lock after this long; nil leaves the server's own setting.
    package var lockTimeoutMilliseconds: Int?
    /// The server hangs up on a transaction that waits for the client this long; 0 is never.
    package var idleInTransactionTimeoutMilliseconds = 10_000
    /// The client closes the connection when the server was silent for this long during a call.
    /// nil is the statement timeout and two seconds, or never when that is 0; 0 is never.
    package var responseTimeoutMilliseconds: Int?
    package var keepalivesIdleSeconds = 5
    package var keepalivesIntervalSeconds = 2
    package var keepalivesCount = 2
    /// Sent data that is not acknowledged for this long ends the connection.
    package var tcpUserTimeoutMilliseconds = 10_000
    /// Only a host that takes writes is good enough.
    package var requireReadWrite = true
    /// Server settings of the session, as in `("enable_seqscan", "off")`.
    package var settings: [(name: String, value: String)] = []
    /// Takes what the server remarks; called on the thread that uses the connection. Remarks may
    /// quote values. By default they are dropped.
    package var notice: @Sendable (PostgresNotice) -> Void = { _ in }

    package init(url: String, applicationName: String = "betting-engine") {
        self.url = url
        self.applicationName = applicationName
    }

    /// The silence after which a call gives up; 0 is never.
    var effectiveResponseTimeoutMilliseconds: Int {
        if let responseTimeoutMilliseconds { return responseTimeoutMilliseconds }
        return statementTimeoutMilliseconds == 0 ? 0 : statementTimeoutMilliseconds + 2_000
    }
}
