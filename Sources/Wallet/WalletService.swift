import Observability
package import ServiceKit
package import Telemetry
import Threading
import WebServer

/// An api-server: takes bets against wallets, answers what became of them, lets operators deposit
/// and run rounds. It keeps nothing: any number may run beside each other.
package final class WalletService: Service {
    private static let shutDownMilliseconds = 3_000
    private static let threadsLimit = Duration.seconds(5)
    /// A round with very many bets takes its time to be closed.
    private static let requestLimit = Duration.seconds(600)
    private static let requestsWaitingMax = 1_024

    private let health: Health
    private let bank: LedgerBank
    private let watch: LedgerWatch
    private let waker: WorkerWaker
    private let placers: Placers
    private let workers: Workers
    private let server: MonitoringServer
    private let adminServer: WebServer?
    private let stopping = Flag()
    private let progress = Monitor(Progress())

    private struct Progress {
        var isAsked = false
        var failure: WalletError?
    }

    /// Where it listens.
    package var port: Int { server.port }

    /// Where operators ask, when that is elsewhere.
    package var adminPort: Int? { adminServer?.port }

    /// Listens and answers at once: 503 until Postgres does.
    package init(
        _ configuration: WalletConfiguration,
        build: String,
        logger: Logger,
        watchdog: Watchdog
    ) throws(WalletError) {
        let metrics = Metrics()
        let health = Health(watchdog: watchdog)
        let beats = Beats(watchdog)
        let figures = WalletMetrics(metrics)
        let limits = UserLimits(
            perSecond: configuration.userRequestsPerSecond,
            burst: configuration.userBurst
        )
        bank = LedgerBank(
            configuration.postgres,
            // One for the watch.
            connectionsMax: configuration.placers + configuration.workers + 1,
            outboxMax: configuration.outboxMax,
            logger: logger
        )
        let beatWatch = beats.loops("watch")
        watch = LedgerWatch(bank, allowsUnsafe: configuration.allowsUnsafeDatabase) {
            beatWatch(0)
        }
        waker = WorkerWaker(configuration.nats, logger: logger)
        placers = Placers(configuration, bank: bank, metrics: figures, waker: waker)
        workers = Workers(
            name: "request",
            threads: configuration.workers,
            queueMax: Self.requestsWaitingMax,
            // The server has answered for it by then.
            waitMax: .milliseconds(WebServerLimits().answerMilliseconds),
            beat: beats.loops("request", configuration.workers, limit: Self.requestLimit)
        )
        let routes = WalletRoutes(
            gate: Gate(configuration.tokens, limits),
            bank: bank,
            placers: placers,
            workers: workers,
            waker: waker,
            stopping: stopping,
            metrics: figures,
            maxBet: configuration.maxBet,
            operators: OperatorQuestions(maxDeposit: configuration.maxDeposit)
        )
        health.condition("postgres") { [bank] in bank.problem }
        WalletMetrics.register(in: metrics, bank: bank) { [placers, workers] in
            (placers.waiting, workers.waiting, limits.userCount)
        }
        ProcessMetrics.register(in: metrics, build: build)
        health.register(in: metrics)
        self.health = health
        let listeners = WalletListeners(configuration, logger: logger)
        let beatWeb = beats.loops("web")
        let beatAdmin = configuration.adminPort.map { _ in beats.loops("web-admin") }
        do throws(ConfigurationError) {
            adminServer = try listeners.adminServer(routes) { beatAdmin?(0) }
            server = try listeners.server(
                routes,
                more: ObservabilityRoutes.routes(metrics: metrics, health: health),
                metrics: metrics,
                onTurn: { beatWeb(0) }
            )
        } catch {
            throw .setting(error)
        }
        placers.start(beat: beats.loops("placer", configuration.placers))
    }

    /// Serves until `stop`, or until something only an operator mends.
    package func run() async throws {
        BlockingThread.start("watch") { [self] in
            do throws(WalletError) {
                try watch.run()
            } catch {
                progress.update { progress in
                    progress.failure = error
                    progress.isAsked = true
                }
            }
        }
        BlockingThread.start("wake") { [waker] in waker.run() }
        try await BlockingThread.run("stop") { [self] in
            progress.wait { $0.isAsked ? .done(()) : .wait }
            health.drain()
            stopping.set()
            server.stopAccepting()
            adminServer?.stopAccepting()
            // What was taken is done, and its answers go out before the sockets close.
            _ = placers.stop(atMost: Self.threadsLimit)
            _ = workers.stop(atMost: Self.threadsLimit)
            watch.stop()
            waker.stop()
            server.shutDown(timeoutMilliseconds: Self.shutDownMilliseconds)
            adminServer?.shutDown(timeoutMilliseconds: Self.shutDownMilliseconds)
            bank.close()
            if let failure = progress.withLock({ $0.failure }) { throw failure }
        }
    }

    /// Begins to shut down: not ready, nothing new, what was taken is answered.
    package func stop() { progress.update { $0.isAsked = true } }
}

/// What the loops of a service tell its watchdog.
private struct Beats {
    private static let limit = Duration.seconds(60)

    private let watchdog: Watchdog

    init(_ watchdog: Watchdog) {
        self.watchdog = watchdog
    }

    /// Registers loops `name-1`, `name-2` and so on.
    ///
    /// - Returns: what each calls with its number, from 0.
    func loops(
        _ name: String,
        _ count: Int = 1,
        limit: Duration = Self.limit
    ) -> @Sendable (Int) -> Void {
        let loops = (1...count).map { watchdog.guardLoop("\(name)-\($0)", limit: limit) }
        return { [watchdog] in watchdog.beat(loops[$0]) }
    }
}
