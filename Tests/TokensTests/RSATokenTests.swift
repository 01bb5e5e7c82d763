import Cryptography
import Testing

@testable import Tokens

@Suite struct `Tokens signed with RSA` {
    typealias Fixture = TokenFixture

    static let pair = Result { try Fixture.RSAPair() }

    @Test func `are taken by who has the public key, which signs nothing`() throws {
        let pair = try Self.pair.get()
        let claims = TokenClaims(userID: 3, isOperator: true, expiresAt: Fixture.now + 9)
        let maker = TokenMaker(key: try TokenKey(pair.privateKey, for: .rs256))
        let token = try maker.token(for: claims, now: Fixture.now)
        let publicKey = try TokenKey(pair.publicKey, for: .rs256)
        #expect(outcome(TokenVerifier(keys: [publicKey]), token) == .success(claims))
        #expect(throws: CryptographyError.notPrivate) {
            try TokenMaker(key: publicKey).token(for: claims, now: Fixture.now)
        }
        let stranger = try TokenKey(try Fixture.RSAPair().publicKey, for: .rs256)
        #expect(outcome(TokenVerifier(keys: [stranger]), token) == .failure(.signature))
    }

    /// The classic: the public key is known, and serves as the secret of an HMAC.
    @Test func `are not taken as HMACs made with the public key`() throws {
        let pair = try Self.pair.get()
        let verifier = TokenVerifier(keys: [try TokenKey(pair.publicKey, for: .rs256)])
        for header in [#"{"alg":"HS256"}"#, #"{"alg":"RS256"}"#] {
            let parts = [header, Fixture.payload()].map { Base64URL.encode(Array($0.utf8)) }
            let signed = parts.joined(separator: ".")
            let code = try SHA256.authenticationCode(
                of: Array(signed.utf8),
                key: pair.publicKey
            )
            let token = signed + "." + Base64URL.encode(code)
            let expected: TokenError = header.contains("HS256") ? .algorithm : .signature
            #expect(outcome(verifier, token) == .failure(expected))
        }
        #expect(throws: TokenKeyError.isPEM) { try TokenKey(pair.publicKey, for: .hs256) }
    }

    @Test func `are refused where HMACs are wanted`() throws {
        let maker = TokenMaker(key: try TokenKey(try Self.pair.get().privateKey, for: .rs256))
        let claims = TokenClaims(userID: 3, expiresAt: Fixture.now + 9)
        let token = try maker.token(for: claims, now: Fixture.now)
        #expect(outcome(Fixture.verifier, token) == .failure(.algorithm))
    }

    @Test func `need a key of 2,048 bits at least, in PEM`() throws {
        let short = try Fixture.RSAPair(bits: 1_024)
        #expect(throws: TokenKeyError.key(.tooShort(bits: 1_024))) {
            try TokenKey(short.publicKey, for: .rs256)
        }
        for text in ["", "-----BEGIN PUBLIC KEY-----\n", "secret", "\u{0}"] {
            #expect(throws: TokenKeyError.key(.notAKey)) {
                try TokenKey(Array(text.utf8), for: .rs256)
            }
        }
    }
}
