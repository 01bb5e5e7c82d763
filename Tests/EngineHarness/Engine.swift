import Foundation
package import JetStream
package import PostgresClient
import RedisClient
package import TestSupport

/// The whole pipeline: servers of its own, the built executables, and a look at what they left
/// behind. Everything ends with the object.
///
/// Used by one test at a time.
package final class Engine {
    /// One cluster for all tests that leave it alone; each engine has a database in it.
    private static let cluster = Task { try await PostgresServer.start() }

    static let startLimit = Duration.seconds(60)
    private static let quietLimit = Duration.seconds(60)
    /// Redeliveries come after this time; the shortest the engine takes.
    private static let ackWaitSeconds = 5

    /// A server of the engine's own, to be stopped and started by the test.
    package let nats: NATSServer
    /// Likewise.
    package let redis: RedisServer
    /// The test's own connection.
    package let connection: NATSConnection
    /// Looks at streams and consumers over `connection`.
    package let manager: JetStreamManager

    private let directory: TemporaryDirectory
    private let environment: [String: String]
    private let postgres: PostgresConfiguration
    private var postgresConnection: PostgresConnection?
    /// Where each program that was started writes to.
    private var logPaths: [String] = []

    private init(
        nats: NATSServer,
        redis: RedisServer,
        postgresURL: String,
        connection: NATSConnection,
        settings: [String: String]
    ) throws {
        self.nats = nats
        self.redis = redis
        self.connection = connection
        manager = JetStreamManager(connection)
        postgres = PostgresConfiguration(url: postgresURL, applicationName: "test")
        directory = try TemporaryDirectory("engine")
        environment = [
            "NATS_URL": nats.url, "POSTGRES_URL": postgresURL, "REDIS_URL": redis.url,
            "ACK_WAIT_SECONDS": "\(Self.ackWaitSeconds)", "BETS_MAX_BYTES": "\(256 << 20)",
            "HTTP_PORT": "0", "HTTP_ADDRESS": "127.0.0.1",
        ].merging(settings) { _, new in new }
    }

    /// Starts the servers and makes tables and streams with the operator's tool.
    ///
    /// - Parameters:
    ///   - cluster: where the database is made, for a test that stops it.
    ///   - hasRoles: programs reach NATS as their users with their permissions, the test as the
    ///     operator.
    ///   - previous: the operator's tool of another build, by its directory.
    ///   - settings: environment of all programs, beside the servers' addresses.
    package static func start(
        on cluster: PostgresServer? = nil,
        hasRoles: Bool = false,
        preparedBy previous: String? = nil,
        settings: [String: String] = [:]
    ) async throws -> Engine {
        let nats = try await NATSServer.start(hasRoles: hasRoles)
        let roles = hasRoles ? NATSServer.roles : []
        let settings = settings.merging(
            roles.map { ("NATS_URL_\($0.uppercased())", nats.url(role: $0)) }
        ) { given, _ in given }
        let server = if let cluster { cluster } else { try await Self.cluster.value }
        let engine = try Engine(
            nats: nats,
            redis: try await RedisServer.start(),
            postgresURL: try server.makeDatabase(),
            connection: NATSConnection(
                NATSConfiguration(
                    urls: hasRoles ? nats.url(role: "operator") : nats.url,
                    name: "test",
                    inboxPrefix: hasRoles ? "_INBOX_operator" : "_INBOX"
                )
            ) { _ in },
            settings: settings
        )
        try await engine.prepare(from: previous)
        return engine
    }

    /// Makes tables, streams and consumer, or brings them up to date, as the Job of the manifests does.
    ///
    /// - Parameter directory: where the operator's tool is; nil for the build under test.
    package func prepare(from directory: String? = nil) async throws {
        for command in ["migrate", "streams"] {
            let result = try await finish(begin(.betctl, [command], from: directory))
            guard result.status == 0 else {
                throw FixtureError("betctl \(command): \(result.output)")
            }
        }
    }

    /// The test's own session; a new one when the last was lost.
    package func database() throws -> PostgresConnection {
        if let open = postgresConnection, open.isUsable { return open }
        let new = try PostgresConnection(postgres)
        postgresConnection = new
        return new
    }

    /// Where programs find `nats`, `postgres` or `redis`.
    package func address(of server: String) -> String {
        environment["\(server.uppercased())_URL"] ?? ""
    }

    /// A name for a file of this engine's own.
    package func file(_ name: String) -> String { directory.path + "/" + name }

    // MARK: Programs

    /// Starts a program and returns at once. The program ends with the process object.
    ///
    /// - Parameter directory: of another build; nil for the one under test.
    package func begin(
        _ program: Program,
        _ arguments: [String] = [],
        from directory: String? = nil,
        environment additions: [String: String] = [:]
    ) throws -> ServerProcess {
        let logPath = file("\(logPaths.count + 1)-\(program.rawValue).log")
        logPaths.append(logPath)
        let process = ServerProcess(
            [try program.path(in: directory)] + arguments,
            environment: environment.merging(additions) { _, new in new },
            logPath: logPath
        )
        try process.start()
        return process
    }

    /// Runs a program to its end.
    package func run(_ program: Program, _ arguments: [String]) async throws -> ProgramResult {
        try await finish(begin(program, arguments))
    }

    /// Waits until a program has ended by itself.
    package func finish(
        _ process: ServerProcess,
        within timeout: Duration = .seconds(120)
    ) async throws -> ProgramResult {
        guard let status = try await process.waitForExit(timeout: timeout) else {
            throw FixtureError("it has not ended by itself: \(process.log.suffix(2_000))")
        }
        return ProgramResult(status: status, output: process.log)
    }

    /// Ends a simulator's load as Ctrl-C does, and waits for its last acknowledgements.
    ///
    /// - Throws: `FixtureError` if it ends in another way.
    @discardableResult
    package func interrupt(_ simulator: ServerProcess) async throws -> ProgramResult {
        simulator.kill(SIGINT)
        let result = try await finish(simulator)
        guard result.status == 128 + SIGINT else {
            throw FixtureError("the simulator ended with \(result.status): \(result.output)")
        }
        return result
    }

    /// Starts a backend and waits until it is in the queue group.
    package func startBackend(
        _ name: String,
        environment: [String: String] = [:]
    ) async throws -> ServerProcess {
        let backend = try begin(
            .backend,
            environment: environment.merging(["POD_NAME": name]) { given, _ in given }
        )
        let isTaking = try await eventually(within: Self.startLimit) {
            backend.log.contains("taking bets") || !backend.isRunning
        }
        guard isTaking, backend.isRunning else {
            throw FixtureError("\(name) does not take bets: \(backend.log)")
        }
        return backend
    }

    /// Starts an aggregator and waits until it has something to show.
    package func startAggregator(
        _ name: String,
        environment: [String: String] = [:]
    ) async throws -> ServerProcess {
        let aggregator = try begin(
            .statsAggregator,
            environment: environment.merging(["POD_NAME": name]) { given, _ in given }
        )
        try await ready(aggregator)
        return aggregator
    }

    /// Starts a worker and returns at once: it works as soon as it can.
    package func beginWorker(
        _ name: String,
        environment: [String: String] = [:]
    ) throws -> ServerProcess {
        let threads = ["WORKER_MATCHERS", "WORKER_SETTLERS", "WORKER_REFUNDERS"]
        let few = Dictionary(uniqueKeysWithValues: threads.map { ($0, "1") })
        return try begin(
            .worker,
            environment: few.merging(["POD_NAME": name]) { $1 }.merging(environment) { $1 }
        )
    }

    /// Starts an api-server and waits until it takes bets.
    ///
    /// - Parameter environment: with `TOKEN_KEY_FILE`.
    package func startAPIServer(
        _ name: String,
        environment: [String: String]
    ) async throws -> ServerProcess {
        let server = try begin(
            .apiServer,
            environment: environment.merging(["POD_NAME": name]) { given, _ in given }
        )
        let port = try await server.httpPort()
        let isReady = try await eventually(within: Self.startLimit) {
            guard server.isRunning else { return true }
            return (try? await HTTPAnswer.get(port: port, "/readyz").status) == 200
        }
        guard isReady, server.isRunning else {
            throw FixtureError("\(name) takes no bets: \(server.log)")
        }
        return server
    }

    /// Starts the load simulator.
    package func simulate(_ arguments: [String]) throws -> ServerProcess {
        try begin(.loadSimulator, arguments)
    }

    /// Runs the independent audit.
    package func audit(journal: String? = nil) async throws -> ProgramResult {
        let options = journal.map { ["--journal", $0] } ?? []
        return try await run(.betctl, ["audit", "--timeout", "60s"] + options)
    }

    // MARK: The consumer

    /// What the server says about `bets_consumer`.
    package func consumer() throws -> ConsumerInfo {
        let info = try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer")
        guard let info else { throw FixtureError("bets_consumer is not there") }
        return info
    }

    /// The newest sequence of the stream.
    package func lastSequence() throws -> Int {
        Int(try manager.streamInfo("bets_stream")?.lastSequence ?? 0)
    }

    /// Deliveries beyond the first of each message, since the consumer was made.
    package func redeliveries() throws -> UInt64 {
        let delivered = try consumer().delivered
        return delivered.consumerSequence - delivered.streamSequence
    }

    /// Waits until every bet published so far was delivered and acknowledged.
    package func quiet() async throws {
        let isQuiet = try await eventually(within: Self.quietLimit) {
            let info = try self.consumer()
            return info.pending == 0 && info.ackPending == 0
        }
        guard isQuiet else {
            let info = try consumer()
            let logs = logPaths.suffix(4).map { path in
                (try? String(contentsOfFile: path, encoding: .utf8)).map { $0.suffix(2_000) } ?? ""
            }
            throw FixtureError(
                "\(info.pending) not delivered, \(info.ackPending) not answered"
                    + logs.joined(separator: "\n--\n")
            )
        }
    }
}
