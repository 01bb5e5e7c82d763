package import Cryptography
import Telemetry

/// Makes tokens that a `TokenVerifier` with the same key and rules takes.
package struct TokenMaker: Sendable {
    private let key: TokenKey
    private let rules: TokenRules

    package init(key: TokenKey, rules: TokenRules = TokenRules()) {
        self.key = key
        self.rules = rules
    }

    /// - Parameter now: seconds since 1970, for `iat`.
    /// - Throws: when the key is public.
    package func token(
        for claims: TokenClaims,
        now: Int64
    ) throws(CryptographyError) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("iss", rules.issuer)
        json.field("aud", rules.audience)
        json.field("sub", "\(claims.userID)")
        if claims.isOperator { json.field("scope", TokenClaims.operatorScope) }
        json.field("iat", now)
        json.field("exp", claims.expiresAt)
        json.endObject()
        return try token(
            header: "{\"alg\":\"\(key.algorithm.rawValue)\",\"typ\":\"JWT\"}",
            payload: json.text
        )
    }

    /// Signs any header and payload, also such as are refused everywhere: for tests.
    package func token(header: String, payload: String) throws(CryptographyError) -> String {
        let signed = [header, payload].map { Base64URL.encode(Array($0.utf8)) }
            .joined(separator: ".")
        return signed + "." + Base64URL.encode(try key.signature(of: Array(signed.utf8)))
    }
}
