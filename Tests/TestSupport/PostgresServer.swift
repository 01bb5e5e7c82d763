import Foundation
import Synchronization

/// A Postgres cluster on a free port in a directory of its own; fsync is on, as in production.
/// Run as root, it drops to the user `postgres`.
package final class PostgresServer: Sendable {
    package let port: Int
    package let process: ServerProcess

    private let directory: TemporaryDirectory

    /// The address of the database every cluster has.
    package var url: String { url(database: "postgres") }

    package func url(database: String) -> String {
        "postgresql://postgres@127.0.0.1:\(port)/\(database)"
    }

    private init(port: Int, process: ServerProcess, directory: TemporaryDirectory) {
        self.port = port
        self.process = process
        self.directory = directory
    }

    /// Makes a cluster, starts it and waits until it answers.
    ///
    /// - Parameter settings: `name=value` pairs for the server's command line.
    package static func start(settings: [String] = []) async throws -> PostgresServer {
        let directory = try TemporaryDirectory("postgres")
        let data = directory.path + "/data"
        let port = try freePort()
        if getuid() == 0 {
            try run(["chown", "postgres", directory.path])
        }
        try run(
            asServerUser + [
                binary("initdb"), "--pgdata", data, "--username", "postgres", "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C", "--no-sync", "--no-instructions",
            ]
        )
        let options = [
            "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=100",
        ]
        let arguments =
            asServerUser + [binary("postgres"), "-D", data, "-p", "\(port)"]
            + (options + settings).flatMap { ["-c", $0] }
        let server = PostgresServer(
            port: port,
            process: ServerProcess(
                arguments,
                // Immediate shutdown. Killed, it would leave its shared memory behind for good, and
                // for a while the processes it had started.
                endSignal: SIGQUIT,
                logPath: directory.path + "/postgres.log"
            ),
            directory: directory
        )
        try await server.start()
        return server
    }

    /// Starts the server again after it was stopped or killed: same port, same data.
    package func start() async throws {
        try process.start()
        // One that was killed replays its log first, and a busy disk takes its time.
        let ready = try await eventually(within: .seconds(90)) {
            (try? run([binary("pg_isready"), "-q", "-h", "127.0.0.1", "-p", "\(self.port)"]))
                != nil
        }
        guard ready else {
            throw FixtureError("postgres did not come up: \(process.log.suffix(2000))")
        }
    }

    /// Creates an empty database and returns its address.
    package func makeDatabase() throws -> String {
        let name = "test_\(UUID().uuidString.prefix(8).lowercased())"
        try psql("CREATE DATABASE \(name)")
        return url(database: name)
    }

    /// Runs SQL through psql and returns what it printed, unaligned, without headers.
    @discardableResult
    package func psql(_ sql: String, database: String = "postgres") throws -> String {
        try run([
            binary("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql,
            url(database: database),
        ])
    }

    /// The directory of Postgres 15's server programs on Debian, else whatever `PATH` holds.
    private static func binary(_ name: String) -> String {
        let debian = "/usr/lib/postgresql/15/bin/\(name)"
        return FileManager.default.isExecutableFile(atPath: debian) ? debian : name
    }

    private func binary(_ name: String) -> String { Self.binary(name) }

    /// Postgres refuses to run as root. `setpriv` replaces itself, so signals reach the server.
    private static var asServerUser: [String] {
        getuid() == 0
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : []
    }
}

/// Runs a command to its end; throws with its output unless it exits with 0.
@discardableResult
package func run(_ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
        throw FixtureError("\(arguments.joined(separator: " ")): \(text)")
    }
    return text.trimmingCharacters(in: .newlines)
}
