import JetStream
import Observability
package import ServiceKit
import Synchronization
package import Telemetry
import Threading
import WebServer

/// A stats-aggregator: reads the pods' messages, Postgres, NATS and Redis, and shows the fleet to
/// whoever connects. Each aggregator is complete by itself and keeps nothing: a new one shows the
/// same totals at once.
package final class AggregatorService: Service {
    /// WebSocket clients, requests and the like at once.
    private static let connectionsMax = 2_000
    private static let descriptorsBeside: UInt = 100
    private static let shutDownMilliseconds = 3_000
    private static let readersLimit = Duration.seconds(3)
    private static let loopLimit = Duration.seconds(60)

    private let logger: Logger
    private let health: Health
    private let board: FleetBoard
    private let server: MonitoringServer
    private let frames: FrameLoop
    private let stream: StreamWatch
    private let database: DatabaseWatch
    private let odds: OddsWatch
    private let readersStopping: Stopping
    private let progress = Monitor(Progress())

    private struct Progress {
        var isAsked = false
        var running = 0
        var failure: AggregatorError?
    }

    /// Where it listens.
    package var port: Int { server.port }

    /// Listens, and answers 503 until `run` has something to show. Servers may be away.
    package init(
        _ configuration: AggregatorConfiguration,
        build: String,
        logger: Logger,
        watchdog: Watchdog
    ) throws(AggregatorError) {
        let metrics = Metrics()
        let health = Health(watchdog: watchdog)
        let counters = AggregatorCounters(metrics)
        let board = FleetBoard(logger: logger, counters: counters)
        let hub = WebSocketHub(path: "/ws")
        let stopping = Stopping()
        func beat(_ name: String) -> @Sendable () -> Void {
            let loop = watchdog.guardLoop(name, limit: Self.loopLimit)
            return { watchdog.beat(loop) }
        }
        self.logger = logger
        self.health = health
        self.board = board
        readersStopping = stopping
        frames = FrameLoop(
            every: .milliseconds(configuration.frameIntervalMilliseconds),
            board: board,
            hub: hub,
            writer: FrameWriter(
                AggregatorIdentity(
                    podID: configuration.podID,
                    build: build,
                    startedAt: Moment.now.wallMicroseconds
                )
            ),
            counters: counters,
            stopping: stopping,
            beat: beat("frames")
        )
        stream = StreamWatch(
            configuration.nats,
            board: board,
            counters: counters,
            metrics: StreamMetrics(in: metrics),
            logger: logger,
            stopping: stopping,
            beat: beat("nats")
        )
        database = DatabaseWatch(
            configuration.postgres,
            board: board,
            stopping: stopping,
            beat: beat("postgres")
        )
        odds = OddsWatch(
            configuration.redis,
            board: board,
            stopping: stopping,
            beat: beat("redis")
        )
        health.condition("totals") { board.missing }
        do {
            server = try Self.makeServer(
                configuration,
                routes: Self.routes(frames)
                    + ObservabilityRoutes.routes(metrics: metrics, health: health),
                hub: hub,
                metrics: metrics,
                logger: logger,
                beat: beat("web")
            )
        } catch {
            throw .setting(error)
        }
        AggregatorMetrics(board: board, hub: hub).register(in: metrics)
        ProcessMetrics.register(in: metrics, build: build)
        health.register(in: metrics)
    }

    private static func routes(_ frames: FrameLoop) -> [HTTPRoute] {
        [
            HTTPRoute(
                .get,
                "/api/snapshot",
                .immediate { _ in frames.snapshot() },
                allowsCrossOrigin: true
            )
        ]
    }

    private static func makeServer(
        _ configuration: AggregatorConfiguration,
        routes: [HTTPRoute],
        hub: WebSocketHub,
        metrics: Metrics,
        logger: Logger,
        beat: @escaping @Sendable () -> Void
    ) throws(ConfigurationError) -> MonitoringServer {
        let files: StaticFiles?
        do {
            files = try DashboardFiles.find(configuration.dashboardDirectory)
        } catch {
            throw ConfigurationError("DASHBOARD_DIR: \(error)")
        }
        if files == nil {
            logger.warning("no dashboard directory: only /ws, /api/snapshot and /metrics answer")
        }
        var limits = WebServerLimits()
        limits.connectionsMax = connectionsMax
        // Behind a proxy everybody has the proxy's address.
        limits.connectionsPerAddressMax = connectionsMax
        OpenFiles.allow(UInt(connectionsMax) + descriptorsBeside)
        return try MonitoringServer(
            configuration.monitoring,
            routes: routes,
            hubs: [hub],
            files: files,
            limits: limits,
            metrics: metrics,
            logger: logger,
            onTurn: beat
        )
    }

    /// Serves until `stop`, or until something only a restart mends.
    package func run() async throws {
        start("frames") { self.frames.run() }
        start("postgres") { self.database.run() }
        start("redis") { self.odds.run() }
        start("nats") { () throws(JetStreamError) in try self.stream.run() }
        try await BlockingThread.run("stop") { [self] in
            progress.wait { $0.isAsked ? .done(()) : .wait }
            health.drain()
            server.stopAccepting()
            readersStopping.ask()
            server.shutDown(timeoutMilliseconds: Self.shutDownMilliseconds)
            // A reader that waits for a server that is away does not come back in time.
            _ = progress.wait(atMost: Self.readersLimit) { $0.running == 0 ? true : nil }
            if let failure = progress.withLock({ $0.failure }) { throw failure }
        }
    }

    /// Begins to shut down: not ready, nothing new, sockets closed with 1001.
    package func stop() { progress.update { $0.isAsked = true } }

    private func start(
        _ name: String,
        _ body: @escaping @Sendable () throws(JetStreamError) -> Void
    ) {
        progress.withLock { $0.running += 1 }
        BlockingThread.start(name) { [self] in
            do throws(JetStreamError) {
                try body()
                progress.update { $0.running -= 1 }
            } catch {
                logger.error("stopping", ["thread": name, "error": error])
                progress.update { progress in
                    progress.running -= 1
                    progress.failure = .nats(error)
                    progress.isAsked = true
                }
            }
        }
    }
}
