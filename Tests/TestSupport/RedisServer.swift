import Foundation

/// A redis-server on a free port with the settings the engine asks for (AOF, noeviction), its data
/// in a directory of its own.
package final class RedisServer: Sendable {
    package let port: Int
    package let process: ServerProcess

    private let directory: TemporaryDirectory

    package var url: String { "redis://127.0.0.1:\(port)" }

    private init(port: Int, process: ServerProcess, directory: TemporaryDirectory) {
        self.port = port
        self.process = process
        self.directory = directory
    }

    /// How often the server has said that it is ready.
    private var readyCount: Int {
        process.log.components(separatedBy: "Ready to accept connections").count - 1
    }

    /// Starts a server and waits until it is ready.
    ///
    /// - Parameter arguments: added to the command line, for instance `--requirepass x`.
    package static func start(arguments: [String] = []) async throws -> RedisServer {
        let directory = try TemporaryDirectory("redis")
        let port = try freePort()
        let process = ServerProcess(
            [
                "redis-server", "--bind", "127.0.0.1", "--port", "\(port)",
                "--dir", directory.path, "--appendonly", "yes", "--save", "",
                "--maxmemory-policy", "noeviction", "--daemonize", "no",
            ] + arguments,
            logPath: directory.path + "/redis.log"
        )
        let server = RedisServer(port: port, process: process, directory: directory)
        try await server.start()
        return server
    }

    /// Starts the server again after it was stopped or killed: same port, same data.
    package func start() async throws {
        let before = readyCount
        try process.start()
        // Connections are accepted before the data is loaded, and refused what they ask for.
        guard try await eventually(within: .seconds(20), { self.readyCount > before }) else {
            throw FixtureError("redis-server did not come up: \(process.log.suffix(2000))")
        }
    }
}
