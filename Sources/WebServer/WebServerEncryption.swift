import Glibc

/// TLS between a server and its clients: HTTPS and WSS, 1.2 and newer.
package struct WebServerEncryption: Sendable, Equatable {
    /// PEM: the server's certificate first, then what links it to an authority. Read once.
    package var certificateFile: String
    /// PEM: the certificate's key, without a passphrase. Read once.
    package var keyFile: String

    package init(certificateFile: String, keyFile: String) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }
}

extension WebServerEncryption {
    /// libwebsockets would say of a missing file only that the host could not be made.
    ///
    /// - Throws: `unreadable`.
    func check() throws(WebServerError) {
        for path in [certificateFile, keyFile] where unsafe access(path, R_OK) != 0 {
            throw .unreadable(path: path, reason: SystemError.text(errno))
        }
    }
}
