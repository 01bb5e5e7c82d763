/// The server's settings that decide whether a commit survives a power loss.
package struct DurabilitySettings: Sendable, Equatable {
    package let fsync: String
    package let synchronousCommit: String
    package let fullPageWrites: String

    package init(fsync: String, synchronousCommit: String, fullPageWrites: String) {
        self.fsync = fsync
        self.synchronousCommit = synchronousCommit
        self.fullPageWrites = fullPageWrites
    }

    /// Reads the settings as they hold for this session.
    package static func read(
        from connection: PostgresConnection
    ) throws(PostgresError) -> DurabilitySettings {
        let results = try connection.run(
            "SELECT current_setting('fsync'), current_setting('synchronous_commit'), "
                + "current_setting('full_page_writes')"
        )
        guard let row = results.first, row.rowCount == 1 else {
            throw PostgresError(.decoding, "the server did not show its settings")
        }
        return DurabilitySettings(
            fsync: try row.string(0, 0),
            synchronousCommit: try row.string(0, 1),
            fullPageWrites: try row.string(0, 2)
        )
    }

    /// The settings that would lose committed bets, as `name=value`; empty is good.
    /// `synchronous_commit=local` and `remote_write` still flush here before they answer.
    package var unsafe: [String] {
        [
            ("fsync", fsync), ("synchronous_commit", synchronousCommit),
            ("full_page_writes", fullPageWrites),
        ]
        .filter { $0.1 == "off" }
        .map { "\($0.0)=\($0.1)" }
    }
}
