import Foundation
import TestSupport
import Testing
import Threading
import Tokens

/// As in production: TLS, and tokens of an issuer whose private key no server has. Spoken by Python's
/// ssl module.
@Suite struct `An api-server with a certificate and an issuer's public key` {
    /// Prints the status of `/api/wallet` for each token.
    private static let client = """
        import http.client, ssl, sys
        port, authority = int(sys.argv[1]), sys.argv[2]
        context = ssl.create_default_context(cafile=authority)
        for token in sys.argv[3:]:
            connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=20, context=context)
            connection.request("GET", "/api/wallet", headers={"Authorization": "Bearer " + token})
            print(connection.getresponse().status)
        """

    @Test func `takes the issuer's tokens over TLS, and nobody else's`() async throws {
        let authority = try CertificateAuthority()
        let certificate = try authority.certificate("server", names: ["IP:127.0.0.1"])
        let keys = try TemporaryDirectory("issuer")
        let (own, published) = (keys.path + "/issuer.pem", keys.path + "/issuer.pub")
        try run(["openssl", "genrsa", "-out", own, "2048"])
        try run(["openssl", "rsa", "-in", own, "-pubout", "-out", published])
        let world = try await APIWorld.start(
            settings: [
                "TOKEN_ALGORITHM": "RS256", "TOKEN_KEY_FILE": published,
                "HTTP_CERT_FILE": certificate.certificateFile, "HTTP_KEY_FILE": certificate.keyFile,
            ],
            migrates: false
        )
        try world.migrate()
        let issuer = TokenMaker(
            key: try TokenKey([UInt8](Data(contentsOf: URL(filePath: own))), for: .rs256)
        )
        let now = Int64(Date().timeIntervalSince1970)
        let tokens = [
            try issuer.token(for: TokenClaims(userID: 7, expiresAt: now + 600), now: now),
            try issuer.token(for: TokenClaims(userID: 7, expiresAt: now - 600), now: now - 900),
            // Signed with the secret of the other worlds.
            try world.token(7),
        ]
        let port = world.port
        var statuses = ""
        let isAnswered = try await eventually {
            statuses = try await BlockingThread.run("client") {
                try run(["python3", "-c", Self.client, "\(port)", authority.file] + tokens)
            }
            return !statuses.hasPrefix("503")
        }
        #expect(isAnswered)
        #expect(statuses.split(separator: "\n") == ["200", "401", "401"])
        let inTheClear = try? await world.client(7).get("/api/wallet").status
        #expect(inTheClear != 200)
    }
}
