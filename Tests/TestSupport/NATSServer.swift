import Foundation

/// A nats-server with JetStream on a free port, its store in a directory of its own.
/// `NATS_SERVER` names another binary.
package final class NATSServer: Sendable {
    package let port: Int
    package let process: ServerProcess

    private let directory: TemporaryDirectory

    package var url: String { "nats://127.0.0.1:\(port)" }

    /// The users of `scripts/nats-roles.conf`.
    package static let roles = ["publisher", "backend", "aggregator", "operator"]

    /// The address with the user of a role, for a server that was started with roles.
    package func url(role: String) -> String {
        "nats://\(role):\(Self.password(role))@127.0.0.1:\(port)"
    }

    private static func password(_ role: String) -> String { "secretOf\(role)" }

    /// The passwords of the roles, as nats-server finds them in its environment.
    private static var passwords: [String: String] {
        Dictionary(
            uniqueKeysWithValues: roles.map { ("NATS_\($0.uppercased())_PASSWORD", password($0)) }
        )
    }

    private init(port: Int, process: ServerProcess, directory: TemporaryDirectory) {
        self.port = port
        self.process = process
        self.directory = directory
    }

    /// Starts a server and waits until it accepts connections.
    ///
    /// - Parameters:
    ///   - configuration: lines added to the server's configuration file, for instance an
    ///     `authorization` block.
    ///   - hasRoles: only the users of `scripts/nats-roles.conf` are let in.
    package static func start(
        configuration: String = "",
        hasRoles: Bool = false
    ) async throws -> NATSServer {
        let directory = try TemporaryDirectory("nats")
        let port = try freePort()
        let file = directory.path + "/nats.conf"
        try text(port, directory, configuration, hasRoles: hasRoles)
            .write(toFile: file, atomically: true, encoding: .utf8)
        if hasRoles {
            try AlertsDocument.text("scripts/nats-roles.conf").write(
                toFile: directory.path + "/nats-roles.conf",
                atomically: true,
                encoding: .utf8
            )
        }
        let binary = ProcessInfo.processInfo.environment["NATS_SERVER"] ?? "nats-server"
        let server = NATSServer(
            port: port,
            process: ServerProcess(
                [binary, "-c", file],
                environment: hasRoles ? passwords : [:],
                logPath: directory.path + "/nats.log"
            ),
            directory: directory
        )
        try await server.start()
        return server
    }

    private static func text(
        _ port: Int,
        _ directory: TemporaryDirectory,
        _ configuration: String,
        hasRoles: Bool
    ) -> String {
        """
        listen: "127.0.0.1:\(port)"
        ping_interval: "2s"
        ping_max: 2
        max_payload: 64KB
        jetstream { store_dir: "\(directory.path)/store", max_file_store: 4GB }
        \(hasRoles ? "include \"nats-roles.conf\"" : "")
        \(configuration)
        """
    }

    /// Has the running server, started without roles, take over other lines of configuration.
    package func reload(configuration: String) throws {
        try Self.text(port, directory, configuration, hasRoles: false)
            .write(toFile: directory.path + "/nats.conf", atomically: true, encoding: .utf8)
        process.kill(SIGHUP)
    }

    /// Copies the store. The server must not run.
    package func copyStore() throws -> TemporaryDirectory {
        let copy = try TemporaryDirectory("nats-copy")
        try FileManager.default.copyItem(
            atPath: directory.path + "/store",
            toPath: copy.path + "/store"
        )
        return copy
    }

    /// Puts a copy in the place of the store. The server must not run.
    package func restoreStore(_ copy: TemporaryDirectory) throws {
        try FileManager.default.removeItem(atPath: directory.path + "/store")
        try FileManager.default.copyItem(
            atPath: copy.path + "/store",
            toPath: directory.path + "/store"
        )
    }

    /// Starts the server again after it was stopped or killed: same port, same store.
    package func start() async throws {
        try process.start()
        guard try await eventually(within: .seconds(20), { accepts(port: self.port) }) else {
            throw FixtureError("nats-server did not come up: \(process.log.suffix(2000))")
        }
    }
}
