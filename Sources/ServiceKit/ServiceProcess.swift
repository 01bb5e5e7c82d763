import Glibc
package import Telemetry

/// What a process does from its start to its end, when that is all it does.
package protocol Service: Sendable {
    associatedtype Configuration: ServiceConfiguration

    /// Listens, and answers 503 until `run` has what it needs. Servers may be away.
    init(
        _ configuration: Configuration,
        build: String,
        logger: Logger,
        watchdog: Watchdog
    ) throws

    /// Returns once it was stopped in order.
    func run() async throws

    /// Asks `run` to end; from any thread, also before it began.
    func stop()
}

/// What a service is told by its environment.
package protocol ServiceConfiguration: Sendable {
    /// The process's name in its log.
    var podID: String { get }

    /// - Throws: an error that names the variable that is wrong.
    init(_ environment: Environment) throws
}

/// The executable of a service.
package enum ServiceProcess {
    /// Whoever stops a pod waits longer than this.
    private static let shutdownLimit = Duration.milliseconds(9_500)

    /// Makes the service from the environment, runs it until SIGTERM or SIGINT, and exits: 0 when it
    /// was stopped in order, `EX_CONFIG` when it could not begin, 1 when it failed later. Call from
    /// a synchronous `main`.
    package static func run<S: Service>(_: S.Type, program: String) -> Never {
        ProcessMain.run { await status(S.self, program) }
    }

    private static func status<S: Service>(_: S.Type, _ program: String) async -> Int32 {
        let service: S
        let logger: Logger
        do {
            let environment = Environment.ofProcess()
            let configuration = try S.Configuration(environment)
            logger = try Logger(process: configuration.podID, environment)
            let watchdog = Watchdog(logger: logger)
            let stop = StopRequest(logger: logger, limit: shutdownLimit)
            service = try S(
                configuration,
                build: Build.version,
                logger: logger,
                watchdog: watchdog
            )
            watchdog.start()
            stop.callWhenAsked { service.stop() }
            CodePages.keepGivingBack()
        } catch {
            StandardError.complain("\(program): \(error)")
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
