/// How to reach NATS and how to behave on the way. Credentials are part of the URLs
/// (`nats://user:password@host:port`, `nats://token@host:port`; `tls://` where `tls` is set).
package struct NATSConfiguration: Sendable {
    /// Server addresses, separated by commas.
    package var urls: String
    /// Shown by the server's monitoring.
    package var name: String
    /// First tokens of every reply subject of this connection, without a trailing dot. Accounts
    /// with subject permissions allow `<prefix>.>`.
    package var inboxPrefix: String
    /// Nil sends everything as it is.
    package var tls: NATSEncryption?
    /// Time limit for one server to take the connection.
    package var connectTimeoutMilliseconds = 2_000
    /// A ping goes out this often on a connection …
    package var pingIntervalSeconds = 5
    /// … and this many unanswered ones mean that it is dead.
    package var pingsOutstandingMax = 2
    /// Pause after all servers were tried in vain; up to as much again is added at random.
    package var reconnectWaitMilliseconds = 250
    /// What is published while disconnected is kept up to this size, then refused.
    package var reconnectBufferBytes = 1 << 20
    /// A write that the server does not take for this long breaks the connection.
    package var writeDeadlineMilliseconds = 5_000
    /// libnats' read buffer and write buffer, each.
    package var bufferBytes = 32 << 10
    /// For the deliveries of one subscription: the connection is read no faster than they are handled
    /// (`ReadingLoop`), and does not come back when it breaks.
    package var isForDeliveries = false
    /// Requests in flight fail at once when the connection breaks, instead of at their time limit.
    package var failRequestsOnDisconnect: Bool

    package init(
        urls: String,
        name: String,
        inboxPrefix: String = "_INBOX",
        failRequestsOnDisconnect: Bool = true
    ) {
        self.urls = urls
        self.name = name
        self.inboxPrefix = inboxPrefix
        self.failRequestsOnDisconnect = failRequestsOnDisconnect
    }

    /// The same servers, for a connection that takes deliveries.
    package var forDeliveries: NATSConfiguration {
        var configuration = self
        configuration.name += " deliveries"
        configuration.isForDeliveries = true
        return configuration
    }

    /// The addresses in a list like `urls`.
    package static func servers(in urls: String) -> [String] {
        urls.split(separator: ",").map { part in
            let trimmed = part.drop { $0 == " " }
            return String(trimmed.prefix { $0 != " " })
        }.filter { !$0.isEmpty }
    }
}
