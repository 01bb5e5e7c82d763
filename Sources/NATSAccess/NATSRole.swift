/// What a process is on NATS. Each role has a user with permissions of its own
/// (`scripts/nats-roles.conf`).
package enum NATSRole: String, Sendable, CaseIterable {
    /// Publishes bets.
    case publisher
    /// Takes bets from the queue group.
    case backend
    /// Merges and shows what backends tell.
    case aggregator
    /// `betctl`: makes, changes and deletes streams.
    case `operator`

    /// First tokens of the role's reply subjects: only its own user may listen there.
    package var inboxPrefix: String { "_INBOX_" + rawValue }

    /// The variable that wins over `NATS_URL`, for an environment that processes of several roles
    /// share.
    package var urlVariable: String { "NATS_URL_" + rawValue.uppercased() }
}
