import Foundation
import PostgresClient
import TestSupport
import Testing

/// TLS as `POSTGRES_URL` asks for it: libpq does it, these tests say what comes of it.
@Suite(.serialized)
struct EncryptionTests {
    private static func start(
        _ authority: CertificateAuthority,
        names: [String]
    ) async throws -> PostgresServer {
        let own = try authority.certificate("postgres", names: names, owner: "postgres")
        return try await PostgresServer.start(settings: [
            "ssl=on", "ssl_cert_file=\(own.certificateFile)", "ssl_key_file=\(own.keyFile)",
        ])
    }

    private func failure(_ url: String) -> PostgresError? {
        postgresError { _ = try PostgresConnection(PostgresConfiguration(url: url)) }
    }

    @Test func `a server is taken that proves its name, and no other`() async throws {
        let authority = try CertificateAuthority()
        let server = try await Self.start(authority, names: ["IP:127.0.0.1"])
        func url(_ host: String, _ file: String) -> String {
            "postgresql://postgres@\(host):\(server.port)/postgres"
                + "?sslmode=verify-full&sslrootcert=\(file)"
        }
        let connection = try PostgresConnection(
            PostgresConfiguration(url: url("127.0.0.1", authority.file))
        )
        let isEncrypted = try connection.run(
            "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
        )
        #expect(try isEncrypted[0].string(0, 0) == "t")

        let stranger = try CertificateAuthority()
        for (address, words) in [
            (url("127.0.0.1", stranger.file), "certificate verify failed"),
            (url("localhost", authority.file), "does not match host name"),
            (url("127.0.0.1", "/nowhere/ca.pem"), "/nowhere/ca.pem"),
        ] {
            let error = failure(address)
            #expect(error?.kind == .stop, "\(address)")
            #expect("\(String(describing: error))".contains(words), "\(String(describing: error))")
        }
    }

    @Test func `a server without TLS is not taken where TLS is asked for`() async throws {
        let server = try await Shared.postgres()
        let error = failure(server.url + "?sslmode=require")
        #expect(error?.kind == .stop)
        #expect("\(String(describing: error))".contains("does not support SSL"))
    }
}
