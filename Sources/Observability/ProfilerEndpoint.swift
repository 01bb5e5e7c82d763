import Profiling
package import WebServer

/// The server of `/debug/pprof/`, with a port and a thread of its own: whoever may read metrics need
/// not be able to take profiles.
package final class ProfilerEndpoint: Sendable {
    private static let connectionsMax = 16

    private let profiler = ProfilerRoutes()
    private let server: WebServer

    /// Listens and serves at once. A taken port is an error that names it.
    package init(_ settings: ProfilerSettings) throws(WebServerError) {
        var limits = WebServerLimits()
        limits.connectionsMax = Self.connectionsMax
        limits.connectionsPerAddressMax = Self.connectionsMax
        limits.bodyBytesMax = ProfilerRoutes.symbolBodyBytesMax
        server = try WebServer(
            WebServerConfiguration(
                port: settings.port,
                address: settings.address,
                serverName: "profiler",
                limits: limits
            ),
            routes: profiler.routes
        )
        server.start()
    }

    /// Where it listens.
    package var port: Int { server.port }

    /// Why it can take no profiles although it was asked to, for the log; nil when it can.
    package var complaint: String? {
        ProfilerBootstrap.isLoaded ? nil : ProfilingError.notLoaded.description
    }

    /// Ends a profile that is being taken, then the server.
    package func shutDown(timeoutMilliseconds: Int) {
        profiler.stop()
        server.shutDown(timeoutMilliseconds: timeoutMilliseconds)
    }
}
