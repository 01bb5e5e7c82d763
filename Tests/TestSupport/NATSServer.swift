import Foundation

/// A nats-server with JetStream on a free port, its store in a directory of its own.
/// `NATS_SERVER` names another binary.
package final class NATSServer: Sendable {
    package let port: Int
    package let process: ServerProcess

    private let directory: TemporaryDirectory

    package var url: String { "nats://127.0.0.1:\(port)" }

    private init(port: Int, process: ServerProcess, directory: TemporaryDirectory) {
        self.port = port
        self.process = process
        self.directory = directory
    }

    /// Starts a server and waits until it accepts connections.
    ///
    /// - Parameter configuration: lines added to the server's configuration file, for instance
    ///   an `authorization` block.
    package static func start(configuration: String = "") async throws -> NATSServer {
        let directory = try TemporaryDirectory("nats")
        let port = try freePort()
        let file = directory.path + "/nats.conf"
        try """
        listen: "127.0.0.1:\(port)"
        ping_interval: "2s"
        ping_max: 2
        max_payload: 64KB
        jetstream { store_dir: "\(directory.path)/store", max_file_store: 4GB }
        \(configuration)
        """.write(toFile: file, atomically: true, encoding: .utf8)
        let binary = ProcessInfo.processInfo.environment["NATS_SERVER"] ?? "nats-server"
        let server = NATSServer(
            port: port,
            process: ServerProcess(
                [binary, "-c", file],
                logPath: directory.path + "/nats.log"
            ),
            directory: directory
        )
        try await server.start()
        return server
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
