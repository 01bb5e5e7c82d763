/// Why a token is refused. The list is closed; nothing of the token is in it.
package enum TokenError: String, Error, Sendable, CaseIterable, CustomStringConvertible {
    /// Longer than `TokenVerifier.bytesMax`.
    case tooLong
    /// Not three parts of base64url, or a part that is not the JSON object it should be.
    case malformed
    /// Signed in another way than the server's keys are for, `none` included.
    case algorithm
    /// A header that would have the server look for a key, or that it does not know.
    case header
    /// Nobody who has a key made it.
    case signature
    /// `exp` is missing, or is no time.
    case expiry
    /// It was good once.
    case expired
    /// `nbf` is still to come.
    case notYet
    case issuer
    case audience
    /// `sub` is no user's id, 1 … 2⁶³−1.
    case subject

    package var description: String {
        switch self {
        case .tooLong: "the token is too long"
        case .malformed: "the token is not a signed JWT"
        case .algorithm: "the token is signed in another way than is accepted here"
        case .header: "the token's header has what is not accepted here"
        case .signature: "the token's signature is wrong"
        case .expiry: "the token has no time of expiry"
        case .expired: "the token has expired"
        case .notYet: "the token is not valid yet"
        case .issuer: "the token is of another issuer"
        case .audience: "the token is for somebody else"
        case .subject: "the token names no user"
        }
    }
}
