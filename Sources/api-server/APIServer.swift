import Glibc
import Profiling
import ServiceKit
import Telemetry
import Wallet

/// Takes bets against wallets: see docs/API.md.
@main
struct APIServer {
    /// Whoever stops a pod waits longer than this.
    private static let shutdownLimit = Duration.milliseconds(9_500)

    static func main() {
        ServiceArguments.answer(program: "api-server")
        ProfilerBootstrap.reexecuteIfAsked()
        ProcessMain.run { await run() }
    }

    private static func run() async -> Int32 {
        let service: WalletService
        let logger: Logger
        do {
            let environment = Environment.ofProcess()
            let configuration = try WalletConfiguration(environment)
            logger = try Logger(process: configuration.podID, environment)
            let watchdog = Watchdog(logger: logger)
            let stop = StopRequest(logger: logger, limit: shutdownLimit)
            service = try WalletService(
                configuration,
                build: Build.version,
                logger: logger,
                watchdog: watchdog
            )
            watchdog.start()
            stop.callWhenAsked { service.stop() }
        } catch {
            StandardError.complain("api-server: \(error)")
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
