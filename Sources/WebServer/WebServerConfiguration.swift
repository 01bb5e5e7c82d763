/// How one server listens and what it tells about itself.
package struct WebServerConfiguration: Sendable {
    /// 0 takes any free port.
    package var port: Int
    /// A numeric address; nil listens on all interfaces, IPv4 and IPv6.
    package var address: String?
    /// The Server header; empty for none.
    package var serverName: String
    /// Nil serves plain HTTP.
    package var encryption: WebServerEncryption?
    package var allowedOrigins: AllowedOrigins
    package var limits: WebServerLimits
    /// Sent with every HTML page.
    package var contentSecurityPolicy: String
    /// Writes the server's own errors; nil: `HTTPResponse.failure`'s shape.
    package var failureWriter: HTTPFailure.Writer?

    /// Nothing but the server's own scripts, styles, pictures and connections.
    package static let strictContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    package init(
        port: Int,
        address: String? = nil,
        serverName: String = "",
        encryption: WebServerEncryption? = nil,
        allowedOrigins: AllowedOrigins = .sameOriginAndLocalhost,
        limits: WebServerLimits = WebServerLimits(),
        contentSecurityPolicy: String = Self.strictContentSecurityPolicy,
        failureWriter: HTTPFailure.Writer? = nil
    ) {
        self.port = port
        self.address = address
        self.serverName = serverName
        self.encryption = encryption
        self.allowedOrigins = allowedOrigins
        self.limits = limits
        self.contentSecurityPolicy = contentSecurityPolicy
        self.failureWriter = failureWriter
    }
}
