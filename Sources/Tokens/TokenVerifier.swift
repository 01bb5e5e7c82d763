import StrictJSON
import Synchronization

/// Checks bearer tokens: signed JWTs (RFC 7519) in compact form.
///
/// The algorithm is that of the keys and never taken from the token; a token that names another is
/// refused before anything is computed. No header leads to a key: both keys are tried. Claims are
/// read only when the signature is right. Any thread may verify.
package final class TokenVerifier: Sendable {
    /// Characters of a token.
    package static let bytesMax = 4_096

    private let algorithm: TokenAlgorithm
    private let keys: [TokenKey]
    private let rules: TokenRules
    private let reader = Mutex(StrictJSON(bytesMax: bytesMax))

    /// - Parameter keys: one, or two while keys are changed, of one algorithm.
    package init(keys: [TokenKey], rules: TokenRules = TokenRules()) {
        let algorithms = Set(keys.map(\.algorithm))
        precondition(algorithms.count == 1, "tokens are signed in one way only")
        algorithm = algorithms.first ?? .hs256
        self.keys = keys
        self.rules = rules
    }

    /// - Parameter now: seconds since 1970.
    package func verify(_ token: String, now: Int64) throws(TokenError) -> TokenClaims {
        let bytes = Array(token.utf8)
        guard bytes.count <= Self.bytesMax else { throw .tooLong }
        let dots = bytes.indices.filter { bytes[$0] == 0x2E }
        guard dots.count == 2,
            let header = Base64URL.decode(bytes[..<dots[0]]),
            let payload = Base64URL.decode(bytes[(dots[0] + 1)..<dots[1]]),
            let signature = Base64URL.decode(bytes[(dots[1] + 1)...])
        else { throw .malformed }
        try check(header: try object(header))
        let signed = Array(bytes[..<dots[1]])
        var isGenuine = false
        for key in keys where key.verifies(signature, of: signed) { isGenuine = true }
        guard isGenuine else { throw .signature }
        return try claims(try object(payload), now: now)
    }

    private func object(_ bytes: [UInt8]) throws(TokenError) -> JSONObject {
        do {
            return try reader.withLock { reader in try unsafe reader.read(bytes.span.bytes) }
        } catch {
            throw .malformed
        }
    }

    /// The list is closed: `jku`, `jwk` and `x5u` would bring a key along, `crit` and `b64` would
    /// change what is signed. A `kid` is not looked at beyond its form.
    private func check(header: JSONObject) throws(TokenError) {
        guard header["alg"] == .string(algorithm.rawValue) else { throw .algorithm }
        for member in header.members {
            switch (member.name, member.value) {
            case ("alg", _): continue
            case ("typ", .string(let type)) where type.lowercased() == "jwt": continue
            case ("kid", .string(let name)) where Self.isName(name): continue
            default: throw .header
            }
        }
    }

    private static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
    }

    private func claims(_ claims: JSONObject, now: Int64) throws(TokenError) -> TokenClaims {
        guard let expiresAt = Self.seconds(claims["exp"]) else { throw .expiry }
        guard now < expiresAt + rules.leewaySeconds else { throw .expired }
        if let notBefore = claims["nbf"] {
            guard let from = Self.seconds(notBefore) else { throw .malformed }
            guard now >= from - rules.leewaySeconds else { throw .notYet }
        }
        guard claims["iss"] == .string(rules.issuer) else { throw .issuer }
        switch claims["aud"] {
        case .string(rules.audience): break
        case .array(let list) where list.contains(.string(rules.audience)): break
        default: throw .audience
        }
        guard case .string(let subject) = claims["sub"], let userID = Int64(subject), userID > 0,
            String(userID) == subject
        else { throw .subject }
        return TokenClaims(
            userID: userID,
            isOperator: try Self.isOperator(claims["scope"]),
            expiresAt: expiresAt
        )
    }

    private static func isOperator(_ scope: JSONValue?) throws(TokenError) -> Bool {
        switch scope {
        case nil: return false
        case .string(let words):
            return words.split(separator: " ").contains { $0 == TokenClaims.operatorScope }
        default: throw .malformed
        }
    }

    private static let secondsMax: Int64 = 253_402_300_799  // The end of the year 9999.

    private static func seconds(_ value: JSONValue?) -> Int64? {
        guard case .number(let text) = value, let seconds = Int64(text),
            (0...secondsMax).contains(seconds)
        else { return nil }
        return seconds
    }
}
