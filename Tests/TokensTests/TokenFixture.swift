import Foundation
import TestSupport

@testable import Tokens

/// Keys, rules and a good token to begin with.
enum TokenFixture {
    static let now: Int64 = 1_800_000_000
    static let secret = Array("an-ordinary-secret-of-more-than-32-bytes".utf8)
    static let otherSecret = Array("another-secret-of-more-than-32-bytes-too".utf8)

    static let key = key(secret)
    static let otherKey = key(otherSecret)
    static let verifier = TokenVerifier(keys: [key])
    static let maker = TokenMaker(key: key)

    static let goodHeader = #"{"alg":"HS256","typ":"JWT"}"#

    private static func key(_ secret: [UInt8]) -> TokenKey {
        do {
            return try TokenKey(secret, for: .hs256)
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static func payload(_ changes: [String: String?] = [:]) -> String {
        var fields: [String: String] = [
            "iss": #""betting-engine""#, "aud": #""betting-api""#, "sub": #""7""#,
            "exp": "\(now + 60)",
        ]
        for (name, value) in changes { fields[name] = value }
        return "{" + fields.map { "\"\($0)\":\($1)" }.sorted().joined(separator: ",") + "}"
    }

    static func token(header: String = goodHeader, _ changes: [String: String?] = [:]) throws
        -> String
    {
        try maker.token(header: header, payload: payload(changes))
    }

    /// Fresh RSA keys of one pair, in PEM.
    struct RSAPair {
        let privateKey: [UInt8]
        let publicKey: [UInt8]

        init(bits: Int = 2_048) throws {
            let directory = try TemporaryDirectory("keys")
            let path = directory.path + "/key.pem"
            try run(["openssl", "genrsa", "-out", path, "\(bits)"])
            try run(["openssl", "rsa", "-in", path, "-pubout", "-out", path + ".pub"])
            privateKey = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
            publicKey = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + ".pub")))
        }
    }
}

/// One answer for any number of tests.
func outcome(_ verifier: TokenVerifier, _ token: String, now: Int64 = TokenFixture.now)
    -> Result<TokenClaims, TokenError>
{
    do throws(TokenError) {
        return .success(try verifier.verify(token, now: now))
    } catch {
        return .failure(error)
    }
}
