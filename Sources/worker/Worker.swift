import Glibc
import Profiling
import ServiceKit
import Telemetry
import WorkerService

/// Matches, settles and refunds placed bets: see docs/ARCHITECTURE.md.
@main
struct Worker {
    /// Whoever stops a pod waits longer than this.
    private static let shutdownLimit = Duration.milliseconds(9_500)

    static func main() {
        ServiceArguments.answer(program: "worker")
        ProfilerBootstrap.reexecuteIfAsked()
        ProcessMain.run { await run() }
    }

    private static func run() async -> Int32 {
        let service: WorkerService
        let logger: Logger
        do {
            let environment = Environment.ofProcess()
            let configuration = try WorkerConfiguration(environment)
            logger = try Logger(process: configuration.podID, environment)
            let watchdog = Watchdog(logger: logger)
            let stop = StopRequest(logger: logger, limit: shutdownLimit)
            service = try WorkerService(
                configuration,
                build: Build.version,
                logger: logger,
                watchdog: watchdog
            )
            watchdog.start()
            StartupPages.giveBack()
            stop.callWhenAsked { service.stop() }
        } catch {
            StandardError.complain("worker: \(error)")
            return EX_CONFIG
        }
        do {
            try await service.run()
            logger.info("stopped")
            return EX_OK
        } catch {
            logger.error("stopped", ["reason": "\(error)"])
            return EXIT_FAILURE
        }
    }
}
