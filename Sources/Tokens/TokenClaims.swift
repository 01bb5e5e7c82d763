/// What a token says of its bearer.
package struct TokenClaims: Sendable, Equatable {
    /// The word in `scope` that lets a bearer do what operators do.
    package static let operatorScope = "operator"

    /// 1 … 2⁶³−1, from `sub`.
    package var userID: Int64
    /// `operator` is among the words of `scope`.
    package var isOperator: Bool
    /// Seconds since 1970, from `exp`.
    package var expiresAt: Int64

    package init(userID: Int64, isOperator: Bool = false, expiresAt: Int64) {
        self.userID = userID
        self.isOperator = isOperator
        self.expiresAt = expiresAt
    }
}
