import Foundation
import Glibc

/// An authority for one test, with the certificates it signs; made by the openssl command, gone with
/// the object.
package final class CertificateAuthority: Sendable {
    /// A certificate and its key, both PEM files.
    package struct Certificate: Sendable {
        package let certificateFile: String
        package let keyFile: String
    }

    private let directory: TemporaryDirectory

    /// PEM: what has to be trusted.
    package var file: String { directory.path + "/ca.pem" }

    package init() throws {
        directory = try TemporaryDirectory("ca")
        try run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
                + ["-nodes", "-days", "2", "-subj", "/CN=test authority"]
                + ["-keyout", directory.path + "/ca.key", "-out", file]
        )
    }

    /// Signs a certificate.
    ///
    /// - Parameters:
    ///   - names: whom it names, as in `IP:127.0.0.1` or `DNS:localhost`.
    ///   - owner: the user whose server reads the key; nil is this process's. Only root can give a
    ///     file away.
    package func certificate(
        _ label: String,
        names: [String],
        owner: String? = nil
    ) throws -> Certificate {
        let base = "\(directory.path)/\(label)"
        try run(
            ["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
                + ["-subj", "/CN=\(label)", "-keyout", base + ".key", "-out", base + ".csr"]
        )
        try "subjectAltName=\(names.joined(separator: ","))".write(
            toFile: base + ".ext",
            atomically: true,
            encoding: .utf8
        )
        try run(
            ["openssl", "x509", "-req", "-days", "2", "-in", base + ".csr", "-CA", file]
                + ["-CAkey", directory.path + "/ca.key", "-CAcreateserial"]
                + ["-extfile", base + ".ext", "-out", base + ".pem"]
        )
        try run(["chmod", "600", base + ".key"])
        if let owner, getuid() == 0 { try run(["chown", owner, base + ".key"]) }
        return Certificate(certificateFile: base + ".pem", keyFile: base + ".key")
    }
}
