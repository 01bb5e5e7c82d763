import Glibc
import Observability
package import ServiceKit
package import Telemetry
import Threading
import Tokens
import WebServer

/// An api-server: takes bets against wallets, answers what became of them, lets operators deposit
/// and run rounds. It keeps nothing: any number may run beside each other.
package final class WalletService: Sendable {
    private static let shutDownMilliseconds = 3_000
    private static let threadsLimit = Duration.seconds(5)
    private static let loopLimit = Duration.seconds(60)
    private static let requestsWaitingMax = 1_024
    private static let descriptorsBeside = 200

    private let health: Health
    private let bank: LedgerBank
    private let watch: LedgerWatch
    private let waker: WorkerWaker
    private let placers: Placers
    private let workers: Workers
    private let server: MonitoringServer
    private let adminServer: WebServer?
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
        let walletMetrics = WalletMetrics(metrics)
        func beats(_ name: String, _ count: Int) -> @Sendable (Int) -> Void {
            let loops = (1...count).map { number in
                watchdog.guardLoop("\(name)-\(number)", limit: Self.loopLimit)
            }
            return { watchdog.beat(loops[$0]) }
        }
        let bank = LedgerBank(
            configuration.postgres,
            // One for the watch.
            connectionsMax: configuration.placers + configuration.workers + 1,
            logger: logger
        )
        let waker = WorkerWaker(configuration.nats, logger: logger)
        let placers = Placers(configuration, bank: bank, metrics: walletMetrics, waker: waker)
        let workers = Workers(
            name: "worker",
            threads: configuration.workers,
            queueMax: Self.requestsWaitingMax,
            beat: beats("worker", configuration.workers)
        )
        let limits = UserLimits(
            perSecond: configuration.userRequestsPerSecond,
            burst: configuration.userBurst
        )
        let beatWatch = beats("watch", 1)
        watch = LedgerWatch(bank, allowsUnsafe: configuration.allowsUnsafeDatabase) {
            beatWatch(0)
        }
        health.condition("postgres") { bank.problem }
        let routes = WalletRoutes(
            gate: Gate(
                verifier: TokenVerifier(
                    keys: configuration.tokens.keys,
                    rules: configuration.tokens.rules
                ),
                limits: limits,
                clock: { Int64(time(nil)) }
            ),
            bank: bank,
            placers: placers,
            workers: workers,
            waker: waker,
            metrics: walletMetrics,
            maxBet: configuration.maxBet,
            operators: OperatorQuestions(maxDeposit: configuration.maxDeposit)
        )
        WalletMetrics.register(in: metrics, bank: bank) {
            (placers.waiting, workers.waiting, limits.userCount)
        }
        ProcessMetrics.register(in: metrics, build: build)
        health.register(in: metrics)
        let listeners = WalletListeners(configuration, logger: logger)
        let beatWeb = beats("web", 1)
        do throws(ConfigurationError) {
            adminServer = try listeners.adminServer(routes)
            server = try listeners.server(
                routes,
                more: ObservabilityRoutes.routes(metrics: metrics, health: health),
                metrics: metrics,
                onTurn: { beatWeb(0) }
            )
        } catch {
            throw .setting(error)
        }
        placers.start(beat: beats("placer", configuration.placers))
        self.health = health
        self.bank = bank
        self.waker = waker
        self.placers = placers
        self.workers = workers
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
