package import ServiceKit
package import WebServer

/// Where a process shows itself, from `HTTP_PORT`, `HTTP_ADDRESS`, `ALLOWED_ORIGINS`,
/// `HTTP_CERT_FILE` and `HTTP_KEY_FILE`, and what `ProfilerSettings` reads.
package struct MonitoringConfiguration: Sendable {
    /// 0: any free port.
    package var port: Int
    /// A numeric address; nil: all interfaces.
    package var address: String?
    package var allowedOrigins: AllowedOrigins
    /// Nil: plain HTTP.
    package var encryption: WebServerEncryption?
    /// Nil while no profiles are asked for.
    package var profiler: ProfilerSettings?

    /// - Parameter port: the default of `HTTP_PORT`.
    package init(_ environment: Environment, port: Int) throws(ConfigurationError) {
        self.port = try environment.integer("HTTP_PORT", default: port, in: 0...65_535)
        address = environment.string("HTTP_ADDRESS")
        profiler = try ProfilerSettings.asked(environment)
        let certificate = environment.string("HTTP_CERT_FILE")
        let key = environment.string("HTTP_KEY_FILE")
        guard (certificate == nil) == (key == nil) else {
            throw ConfigurationError("HTTP_CERT_FILE and HTTP_KEY_FILE: both or neither are wanted")
        }
        if let certificate, let key {
            encryption = WebServerEncryption(certificateFile: certificate, keyFile: key)
        }
        let origins = environment.string("ALLOWED_ORIGINS").map { list in
            list.split(separator: ",").map { String($0.filter { $0 != " " }) }
        }
        do {
            allowedOrigins = try AllowedOrigins(origins)
        } catch {
            throw ConfigurationError("ALLOWED_ORIGINS: \(error)")
        }
    }
}
