import JetStream
import Jobs
import Ledger
import LedgerStore
import Matching
import Observability
package import ServiceKit
import Settlement
package import Telemetry
import Threading
import WebServer

/// A worker: works off jobs, publishes placed bets, looks for what was missed. It keeps nothing: any
/// number may run, and any of them may be killed at any moment.
package final class WorkerService: Service {
    private static let connectionsMax = 64
    private static let shutDownMilliseconds = 500
    /// Transactions under way end by themselves.
    private static let drainLimit = Duration.seconds(8)
    private static let loopLimit = Duration.seconds(60)

    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let watchdog: Watchdog
    private let health: Health
    private let server: MonitoringServer
    private let metrics: WorkerMetrics
    private let figures = WorkerFigures()
    private let signal = WorkSignal()
    private let database: HealthCondition
    private let progress = Monitor(Progress())

    private struct Progress {
        var isAsked = false
        var running = 0
        var failure: WorkerError?
    }

    /// Where it listens.
    package var port: Int { server.port }

    /// Listens, and answers 503 until Postgres has answered. Servers may be away.
    package init(
        _ configuration: WorkerConfiguration,
        build: String,
        logger: Logger,
        watchdog: Watchdog
    ) throws(WorkerError) {
        let registry = Metrics()
        self.configuration = configuration
        self.logger = logger
        self.watchdog = watchdog
        health = Health(watchdog: watchdog)
        database = health.condition("postgres")
        metrics = WorkerMetrics(registry)
        figures.register(in: registry)
        ProcessMetrics.register(in: registry, build: build)
        health.register(in: registry)
        var limits = WebServerLimits()
        limits.connectionsMax = Self.connectionsMax
        limits.connectionsPerAddressMax = Self.connectionsMax
        let webLoop = watchdog.guardLoop("web", limit: Self.loopLimit)
        do {
            server = try MonitoringServer(
                configuration.monitoring,
                routes: ObservabilityRoutes.routes(metrics: registry, health: health),
                limits: limits,
                metrics: registry,
                logger: logger,
                onTurn: { watchdog.beat(webLoop) }
            )
        } catch {
            throw .setting(error)
        }
    }

    /// Works until `stop`, or until something only a restart mends.
    package func run() async throws {
        startUpkeep()
        startOutbox()
        startWorkers(handlers)
        try await BlockingThread.run("stop") { [self] in
            progress.wait { $0.isAsked ? .done(()) : .wait }
            health.drain()
            server.stopAccepting()
            signal.end()
            _ = progress.wait(atMost: Self.drainLimit) { $0.running == 0 ? true : nil }
            server.shutDown(timeoutMilliseconds: Self.shutDownMilliseconds)
            if let failure = progress.withLock({ $0.failure }) { throw failure }
        }
    }

    /// Begins to shut down: takes no more jobs, and ends what it has.
    package func stop() { progress.update { $0.isAsked = true } }

    /// What does each kind of job, and in how many threads.
    private var handlers: [(any JobHandler, WorkerFigures.ConnectionUse, Int)] {
        let (metrics, figures) = (metrics, figures)
        return [
            (Matcher { metrics.matches.add($0) }, .match, configuration.matchers),
            (
                Settler { settlement in
                    metrics.settled.add(settlement.settledCount)
                    metrics.voided.add(settlement.voidCount)
                    figures.addSettled(settlement.paid)
                }, .settle, configuration.settlers
            ),
            (
                Refunder(
                    report: { refund in
                        metrics.refunded.add(refund.betCount)
                        figures.addRefunded(refund.paid)
                    },
                    reportMatches: { metrics.matches.add($0) }
                ), .refund, configuration.refunders
            ),
        ]
    }

    private func startWorkers(_ handlers: [(any JobHandler, WorkerFigures.ConnectionUse, Int)]) {
        for (handler, use, count) in handlers {
            for number in 0..<count {
                let name = "\(handler.kind.rawValue)-\(number + 1)"
                let loop = JobLoop(
                    worker: JobWorker(handler),
                    use: use,
                    postgres: configuration.postgres,
                    signal: signal,
                    metrics: metrics,
                    figures: figures,
                    logger: logger,
                    beat: beat(name)
                )
                start(name) { loop.run() }
            }
        }
    }

    private func startUpkeep() {
        let database = database
        let upkeep = UpkeepLoop(
            postgres: configuration.postgres,
            refundAfterSeconds: configuration.refundAfterSeconds,
            signal: signal,
            metrics: metrics,
            figures: figures,
            logger: logger,
            tell: { problem in
                if let problem { database.fail(problem) } else { database.meet() }
            },
            beat: beat("upkeep")
        )
        start("upkeep") { upkeep.run() }
    }

    private func startOutbox() {
        let outbox = OutboxLoop(
            nats: configuration.nats,
            postgres: configuration.postgres,
            signal: signal,
            metrics: metrics,
            figures: figures,
            logger: logger,
            beat: beat("outbox")
        )
        start("outbox") { [self] in
            do throws(JetStreamError) {
                try outbox.run()
            } catch {
                logger.error("stopping", ["thread": "outbox", "error": error])
                progress.update { progress in
                    progress.failure = .nats(error)
                    progress.isAsked = true
                }
            }
        }
    }

    private func beat(_ name: String) -> @Sendable () -> Void {
        let loop = watchdog.guardLoop(name, limit: Self.loopLimit)
        return { [watchdog] in watchdog.beat(loop) }
    }

    private func start(_ name: String, _ body: @escaping @Sendable () -> Void) {
        progress.withLock { $0.running += 1 }
        BlockingThread.start(name) { [self] in
            body()
            progress.update { $0.running -= 1 }
        }
    }
}
