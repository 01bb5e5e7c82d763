package import ServiceKit
package import Telemetry
package import WebServer

/// The HTTP server of a process, and its profiler's where that is asked for.
package final class MonitoringServer: Sendable {
    private let server: WebServer
    private let profiler: ProfilerEndpoint?

    /// Listens and serves at once, and logs where. The figures of the server are added to
    /// `metrics`.
    ///
    /// - Parameters:
    ///   - failureWriter: writes the server's own errors in the shape the service's clients know.
    ///   - onTurn: called ten times a second by the server's thread, for a watchdog.
    /// - Throws: an error that names the variable: a port that is taken, an address that is not of
    ///   this machine.
    package init(
        _ configuration: MonitoringConfiguration,
        routes: [HTTPRoute],
        hubs: [WebSocketHub] = [],
        files: StaticFiles? = nil,
        limits: WebServerLimits = WebServerLimits(),
        failureWriter: HTTPFailure.Writer? = nil,
        metrics: Metrics,
        logger: Logger,
        onTurn: @escaping @Sendable () -> Void = {}
    ) throws(ConfigurationError) {
        let settings = WebServerConfiguration(
            port: configuration.port,
            address: configuration.address,
            encryption: configuration.encryption,
            allowedOrigins: configuration.allowedOrigins,
            limits: limits,
            failureWriter: failureWriter
        )
        do {
            server = try WebServer(
                settings,
                routes: routes,
                hubs: hubs,
                files: files,
                onEvent: { Self.report($0, logger) },
                onTurn: onTurn
            )
        } catch {
            throw ConfigurationError("HTTP_PORT=\(configuration.port): \(error)")
        }
        if let settings = configuration.profiler {
            do {
                profiler = try ProfilerEndpoint(settings)
            } catch {
                throw ConfigurationError("PROFILER_PORT=\(settings.port): \(error)")
            }
        } else {
            profiler = nil
        }
        server.start()
        WebServerMetrics.register(in: metrics, withWebSockets: !hubs.isEmpty) { [server] in
            server.statistics
        }
        logger.info("listening", ["http": server.port])
        guard let profiler else { return }
        logger.info("profiles are offered", ["port": profiler.port])
        if let complaint = profiler.complaint { logger.warning(complaint) }
    }

    /// Where it listens.
    package var port: Int { server.port }

    /// Takes no new connections; those that are there are served on.
    package func stopAccepting() { server.stopAccepting() }

    /// Ends what is under way: WebSockets are closed with 1001.
    package func shutDown(timeoutMilliseconds: Int) {
        profiler?.shutDown(timeoutMilliseconds: timeoutMilliseconds)
        server.shutDown(timeoutMilliseconds: timeoutMilliseconds)
    }

    /// Writes down what a server says of itself.
    package static func report(_ event: WebServerEvent, _ logger: Logger) {
        switch event {
        case .libraryError(let text): logger.warning("libwebsockets reports", ["error": text])
        case .slowClientClosed(let path, let address):
            logger.info("a slow client was closed", ["path": path, "client": address])
        case .connectionsRefused(let address, let count):
            logger.warning(
                "connections are refused: there are as many as there may be",
                ["client": address, "open": count]
            )
        case .loopFailed: logger.error("the HTTP server ended; nothing is served any more")
        }
    }
}
