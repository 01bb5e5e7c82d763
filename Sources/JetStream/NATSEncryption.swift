/// TLS between this process and NATS. The server's certificate is always verified, and has to name
/// the host of the address.
package struct NATSEncryption: Sendable, Equatable {
    /// PEM: the authorities that are trusted; nil are those of the machine.
    package var authorityFile: String?
    /// PEM: what this process shows of itself, its own certificate first; nil shows nothing.
    package var certificateFile: String?
    /// PEM: the key of the certificate, without a passphrase.
    package var keyFile: String?

    package init(
        authorityFile: String? = nil,
        certificateFile: String? = nil,
        keyFile: String? = nil
    ) {
        self.authorityFile = authorityFile
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}
