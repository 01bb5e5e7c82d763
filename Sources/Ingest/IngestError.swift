import BetStore
package import JetStream
package import PostgresClient

/// Why a backend stops. Each names the remedy, for the person who reads the last log line.
package enum IngestError: Error, CustomStringConvertible {
    /// Stream or consumer are not what `betctl streams` makes.
    case topology(String)
    /// The schema is older than this program.
    case schemaMissing(String)
    /// The database may forget what it has committed.
    case unsafeDatabase([String])
    /// Postgres has fewer free connections than one backend uses.
    case noConnections(free: Int)
    /// The stream was created anew: other sequences, another consumer.
    case epochChanged(from: Int64, to: Int64?)
    /// The stream gave sequences away a second time, or is about to; says what shows it.
    case streamLostEnd(String)
    /// The server refuses a subject this process needs.
    case permission(String)
    /// The consumer stopped delivering to this process although there is work.
    case stalled(seconds: Int)
    /// An address that no server can have.
    case setting(String)
    case nats(JetStreamError)
    case postgres(PostgresError)

    package var description: String {
        switch self {
        case .topology(let text), .setting(let text): text
        case .schemaMissing(let text): text
        case .unsafeDatabase(let settings):
            "Postgres may lose committed bets: \(settings.joined(separator: ", ")); "
                + "set ALLOW_UNSAFE=1 to run all the same"
        case .noConnections(let free):
            "Postgres has \(free) free connections, a backend uses "
                + "\(ConnectionBudget.perBackend): raise max_connections, or run fewer backends"
        case .epochChanged(let from, let to):
            "bets_stream was \(to == nil ? "deleted" : "created anew") (epoch \(from) became "
                + "\(to.map(String.init) ?? "none")): leaving; run `betctl streams`, then restart"
        case .streamLostEnd(let loss):
            "bets_stream lost its end, or was put back from a copy: \(loss). No bet is "
                + "taken, none acknowledged: see docs/OPERATIONS.md, NATS lost its end"
        case .permission(let text): "NATS refuses what this process needs: \(text)"
        case .stalled(let seconds):
            "bets wait, but none was delivered for \(seconds) s: leaving, to be restarted"
        case .nats(let error): "\(error)"
        case .postgres(let error): "\(error)"
        }
    }
}
