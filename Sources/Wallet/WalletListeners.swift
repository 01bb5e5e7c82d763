import Observability
import ServiceKit
import Telemetry
import WebServer

/// What an api-server listens with: everybody's port, and one for operators where that is wanted.
struct WalletListeners {
    private static let adminConnectionsMax = 64

    private let configuration: WalletConfiguration
    private let logger: Logger

    init(_ configuration: WalletConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
    }

    func server(
        _ routes: WalletRoutes,
        more: [HTTPRoute],
        metrics: Metrics,
        onTurn: @escaping @Sendable () -> Void
    ) throws(ConfigurationError) -> MonitoringServer {
        let operations = Operation.allCases.filter { operation in
            operation.access == .player || configuration.adminPort == nil
        }
        let files: StaticFiles?
        do {
            files = try DashboardFiles.find(configuration.dashboardDirectory)
        } catch {
            throw ConfigurationError("DASHBOARD_DIR: \(error)")
        }
        if files == nil {
            logger.warning("no dashboard directory: the player's page is not served")
        }
        var limits = WebServerLimits()
        limits.bodyBytesMax = RequestBody.bytesMax
        limits.connectionsMax = configuration.connectionsMax
        // Behind a proxy everybody has the proxy's address.
        limits.connectionsPerAddressMax = configuration.connectionsMax
        OpenFiles.allow(UInt(configuration.connectionsMax) + 200)
        return try MonitoringServer(
            configuration.monitoring,
            routes: routes.routes(operations) + more + Pages.routes,
            files: files,
            limits: limits,
            failureWriter: Problem.writer,
            metrics: metrics,
            logger: logger,
            onTurn: onTurn
        )
    }

    /// Nil when operators ask at the same port as everybody.
    func adminServer(
        _ routes: WalletRoutes,
        onTurn: @escaping @Sendable () -> Void
    ) throws(ConfigurationError) -> WebServer? {
        guard let port = configuration.adminPort else { return nil }
        var limits = WebServerLimits()
        limits.bodyBytesMax = RequestBody.bytesMax
        limits.connectionsMax = Self.adminConnectionsMax
        limits.connectionsPerAddressMax = Self.adminConnectionsMax
        do {
            let server = try WebServer(
                WebServerConfiguration(
                    port: port,
                    address: configuration.adminAddress,
                    encryption: configuration.monitoring.encryption,
                    allowedOrigins: configuration.monitoring.allowedOrigins,
                    limits: limits,
                    failureWriter: Problem.writer
                ),
                routes: routes.routes(Operation.allCases.filter { $0.access == .operators }),
                onEvent: { [logger] in MonitoringServer.report($0, logger) },
                onTurn: onTurn
            )
            server.start()
            logger.info("listening for operators", ["http": server.port])
            return server
        } catch {
            throw ConfigurationError("ADMIN_PORT=\(port): \(error)")
        }
    }
}
