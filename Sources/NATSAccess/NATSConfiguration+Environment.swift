package import JetStream
package import ServiceKit

extension NATSConfiguration {
    /// Where NATS is when nothing says so.
    package static let urlDefault = "nats://127.0.0.1:4222"

    /// What the environment says about the way to NATS: the role's own variable or `NATS_URL`, and
    /// `NATS_CA_FILE`, `NATS_CERT_FILE`, `NATS_KEY_FILE`.
    ///
    /// - Parameter name: shown by the server's monitoring.
    /// - Throws: an error that names the variable that is wrong.
    package init(
        _ environment: Environment,
        role: NATSRole,
        name: String
    ) throws(ConfigurationError) {
        let own = environment.string(role.urlVariable)
        let variable = own == nil ? "NATS_URL" : role.urlVariable
        let urls = own ?? environment.string("NATS_URL", default: Self.urlDefault)
        self.init(urls: urls, name: name, inboxPrefix: role.inboxPrefix)
        let authority = environment.string("NATS_CA_FILE")
        let certificate = environment.string("NATS_CERT_FILE")
        let key = environment.string("NATS_KEY_FILE")
        guard (certificate == nil) == (key == nil) else {
            throw ConfigurationError("NATS_CERT_FILE and NATS_KEY_FILE: both or neither are wanted")
        }
        guard Self.isEncrypted(urls) else {
            if authority != nil || certificate != nil {
                throw ConfigurationError(
                    "\(authority == nil ? "NATS_CERT_FILE" : "NATS_CA_FILE"): only addresses with "
                        + "tls:// use it, and \(variable) has none"
                )
            }
            return
        }
        guard Self.servers(in: urls).allSatisfy({ $0.hasPrefix(Self.encryptedScheme) }) else {
            throw ConfigurationError("\(variable): all addresses begin with tls://, or none does")
        }
        tls = NATSEncryption(
            authorityFile: authority,
            certificateFile: certificate,
            keyFile: key
        )
    }

    private static let encryptedScheme = "tls://"

    private static func isEncrypted(_ urls: String) -> Bool {
        servers(in: urls).contains { $0.hasPrefix(encryptedScheme) }
    }
}
