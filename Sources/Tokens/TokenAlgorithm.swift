/// How tokens are signed. One deployment has one: it belongs to the keys, and a token that names
/// another is refused.
package enum TokenAlgorithm: String, Sendable, CaseIterable {
    /// HMAC with SHA-256: whoever can check a token can make one.
    case hs256 = "HS256"
    /// RSA, PKCS #1 v1.5, with SHA-256: the server needs the public key only.
    case rs256 = "RS256"
}
