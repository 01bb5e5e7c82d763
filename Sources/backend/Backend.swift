import Glibc
import Ingest
import Observability
import Profiling
import ServiceKit
import Telemetry
import WebServer

/// A pod that stores bets: see docs/ARCHITECTURE.md.
@main
struct Backend {
    /// Whoever stops a pod waits longer than this.
    private static let shutdownLimit = Duration.milliseconds(9_500)
    private static let lastAnswersMilliseconds = 500
    private static let webLoopLimit = Duration.seconds(60)
    /// Scrapers, probes and a few people.
    private static let connectionsMax = 64

    static func main() {
        ServiceArguments.answer(program: "backend")
        ProfilerBootstrap.reexecuteIfAsked()
        ProcessMain.run { await run() }
    }

    private static func run() async -> Int32 {
        do {
            let environment = Environment.ofProcess()
            let configuration = try IngestConfiguration(environment)
            let logger = try Logger(process: configuration.podID, environment)
            let watchdog = Watchdog(logger: logger)
            let health = Health(watchdog: watchdog)
            let monitor = IngestMonitor(build: Build.version, health: health)
            let webLoop = watchdog.guardLoop("web", limit: webLoopLimit)
            var limits = WebServerLimits()
            limits.connectionsMax = connectionsMax
            limits.connectionsPerAddressMax = connectionsMax
            let server = try MonitoringServer(
                configuration.monitoring,
                routes: monitor.routes,
                limits: limits,
                metrics: monitor.registry,
                logger: logger,
                onTurn: { watchdog.beat(webLoop) }
            )
            let status = await serve(configuration, monitor, logger, watchdog)
            server.shutDown(timeoutMilliseconds: lastAnswersMilliseconds)
            return status
        } catch {
            StandardError.complain("backend: \(error)")
            return EX_CONFIG
        }
    }

    private static func serve(
        _ configuration: IngestConfiguration,
        _ monitor: IngestMonitor,
        _ logger: Logger,
        _ watchdog: Watchdog
    ) async -> Int32 {
        // A signal before everything is connected ends the wait at once: nothing is held yet.
        let stop = StopRequest(logger: logger, limit: shutdownLimit)
        do {
            let service = try IngestService(
                configuration,
                bootID: randomName(),
                build: Build.version,
                monitor: monitor,
                logger: logger,
                watchdog: watchdog
            )
            watchdog.start()
            CodePages.keepGivingBack()
            stop.callWhenAsked {
                monitor.health.drain()
                service.stop()
            }
            try await service.run()
            logger.info("stopped")
            return EX_OK
        } catch {
            logger.error("stopped", ["reason": "\(error)"])
            return EXIT_FAILURE
        }
    }

    /// 16 random hexadecimal digits.
    private static func randomName() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
