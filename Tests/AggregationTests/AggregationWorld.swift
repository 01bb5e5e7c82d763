import Aggregation
import BetStore
import JetStream
import PostgresClient
import RedisClient
import ServiceKit
import Statistics
import StatsCodec
import Synchronization
import Telemetry
import TestSupport
import Topology

/// Three servers, streams and tables, and pods that only pretend: what backends would have
/// committed and told is written by the test.
final class AggregationWorld {
    let nats: NATSServer
    let postgres: PostgresServer
    let redis: RedisServer
    let databaseURL: String
    private(set) var epoch: Int64 = 0

    private var connection: NATSConnection?
    private var database: PostgresConnection?

    private init(
        _ nats: NATSServer,
        _ postgres: PostgresServer,
        _ redis: RedisServer
    ) throws {
        self.nats = nats
        self.postgres = postgres
        self.redis = redis
        databaseURL = try postgres.makeDatabase()
    }

    deinit {
        connection?.close()
        database?.close()
    }

    /// Starts the servers and makes streams and tables.
    static func start() async throws -> AggregationWorld {
        let world = try AggregationWorld(
            await NATSServer.start(),
            await PostgresServer.start(),
            await RedisServer.start()
        )
        _ = try Migrator.migrate(world.sql())
        try world.makeStreams()
        return world
    }

    /// Makes the streams, anew if they are there.
    func makeStreams() throws {
        var settings = TopologySettings()
        settings.betsMaxBytes = 64 << 20
        settings.deadLettersMaxBytes = 16 << 20
        let manager = try manager()
        try Topology(settings).recreate(manager)
        epoch = try manager.streamInfo(Topology.betsStream)?.createdNanoseconds ?? 0
        try EpochRegistry.register(epoch, on: sql())
    }

    /// What an aggregator is told about this world.
    func configuration(port: Int) throws -> AggregatorConfiguration {
        try AggregatorConfiguration(
            Environment([
                "NATS_URL": nats.url, "POSTGRES_URL": databaseURL, "REDIS_URL": redis.url,
                "POD_NAME": "aggregator-1", "HTTP_PORT": "\(port)",
            ])
        )
    }

    func manager() throws -> JetStreamManager { JetStreamManager(try bus()) }

    func bus() throws -> NATSConnection {
        if let connection { return connection }
        let made = try NATSConnection(NATSConfiguration(urls: nats.url, name: "test")) { _ in }
        connection = made
        return made
    }

    /// Of the server as it is now: a session that a restart ended is not noticed before its use.
    func sql() throws -> PostgresConnection {
        if let database, (try? database.run("SELECT 1")) != nil { return database }
        let made = try PostgresConnection(PostgresConfiguration(url: databaseURL))
        database = made
        return made
    }

    // MARK: What pods do

    /// A pod commits: its row in `ingest_totals` becomes what it says.
    func commit(_ stats: PodStats) throws {
        let key = "\(stats.epoch), '\(stats.podID)', '\(stats.bootID)'"
        var script = """
            INSERT INTO ingest_totals (stream_epoch, pod_id, boot_id, version, stored, value,
                duplicates, rejected)
            VALUES (\(key), \(stats.version), \(stats.totalBets),
                \(stats.totalValueUnits)::numeric / 100000000, \(stats.duplicates),
                \(stats.rejectedTotal))
            ON CONFLICT (stream_epoch, pod_id, boot_id) DO UPDATE
            SET version = excluded.version, stored = excluded.stored, value = excluded.value,
                duplicates = excluded.duplicates, rejected = excluded.rejected, updated_at = now();
            """
        for (reason, count) in stats.rejected {
            script += """
                INSERT INTO ingest_rejections VALUES (\(key), '\(reason)', \(count))
                ON CONFLICT (stream_epoch, pod_id, boot_id, reason)
                DO UPDATE SET count = excluded.count;
                """
        }
        _ = try sql().run("BEGIN; " + script + "COMMIT")
    }

    /// A pod tells its figures.
    func tell(_ stats: PodStats) throws {
        try bus().publish(
            StatsMessage.subject(podID: stats.podID, bootID: stats.bootID),
            body: StatsMessage.body(stats)
        )
    }

    /// What the rows add up to.
    func committed() throws -> (bets: Int, value: String, rejected: Int) {
        let row = try sql().query(
            """
            SELECT coalesce(sum(stored), 0)::bigint, coalesce(sum(value), 0)::numeric(38,8),
                coalesce(sum(rejected), 0)::bigint
            FROM ingest_totals WHERE stream_epoch = $1
            """,
            [.int64(epoch)]
        )
        return (Int(try row.int64(0, 0)), try row.string(0, 1), Int(try row.int64(0, 2)))
    }
}

/// An aggregator inside the test's process.
final class RunningAggregator: Sendable {
    let port: Int
    private let service: AggregatorService
    private let end: Task<Void, any Error>

    init(_ configuration: AggregatorConfiguration) throws {
        let logger = Logger(process: "aggregator", level: .error)
        let service = try AggregatorService(
            configuration,
            build: "test",
            logger: logger,
            watchdog: Watchdog(logger: logger)
        )
        self.service = service
        port = service.port
        end = Task { try await service.run() }
    }

    /// Asks it to stop and waits.
    func stop() async throws {
        service.stop()
        try await end.value
    }

    /// Status and body of the answer.
    func get(_ path: String) throws -> (status: Int, body: String) {
        let client = try TCPClient(port: port)
        defer { client.close() }
        try client.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        guard let head = client.read(through: "\r\n\r\n") else { throw FixtureError("no answer") }
        let lines = head.split(separator: "\r\n")
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
        let count = length?.split(separator: ":").last.flatMap { Int($0.drop { $0 == " " }) } ?? 0
        let body = client.read(count) ?? []
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return (status ?? 0, String(decoding: body, as: UTF8.self))
    }
}

/// Starts of pods whose figures grow, as backends would have them.
struct PretendedFleet {
    private(set) var boots: [PodStats] = []
    private let epoch: Int64
    private var bootsMade = 0

    init(pods: Int, epoch: Int64) {
        self.epoch = epoch
        for pod in 0..<pods { boots.append(boot("backend-\(pod + 1)")) }
    }

    private mutating func boot(_ pod: String) -> PodStats {
        bootsMade += 1
        var stats = PodStats(podID: pod, bootID: "boot\(bootsMade)", epoch: epoch)
        stats.startedAt = Moment.now.wallMicroseconds
        stats.sentAt = stats.startedAt
        stats.build = "test"
        return stats
    }

    /// A batch of one pod.
    mutating func work(_ pod: Int, using generator: inout some RandomNumberGenerator) -> PodStats {
        let bets = Int64.random(in: 1...50, using: &generator)
        boots[pod].version += 1
        boots[pod].totalBets += bets
        boots[pod].totalValueUnits += Int128(bets) * 1_234_567_891
        boots[pod].oddsUpdates += bets
        boots[pod].rejected["malformed", default: 0] += 1
        boots[pod].databaseFailures += Int64.random(in: 0...1, using: &generator)
        boots[pod].latency.record(microseconds: 5_000)
        boots[pod].sentAt = max(boots[pod].sentAt + 1, Moment.now.wallMicroseconds)
        return boots[pod]
    }

    /// The pod is killed and starts again under the same name.
    mutating func restart(_ pod: Int) {
        boots[pod] = boot(boots[pod].podID)
    }
}
