import Glibc
import Ledger
import Tokens
import WebServer

/// Who asks, and whether they may: the bearer token, the role, how often.
struct Gate: Sendable {
    let verifier: TokenVerifier
    let limits: UserLimits
    /// Seconds since 1970.
    let clock: @Sendable () -> Int64

    init(
        _ tokens: TokenSettings,
        _ limits: UserLimits,
        clock: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
    ) {
        verifier = TokenVerifier(keys: tokens.keys, rules: tokens.rules)
        self.limits = limits
        self.clock = clock
    }

    /// The user of a request.
    ///
    /// - Throws: `tokenMissing`, `tokenInvalid`, `tokenExpired`, `operatorOnly`, `rateLimited`.
    func admit(_ request: HTTPRequest, to operation: Operation) throws(Problem) -> UserID {
        let claims = try claims(request)
        guard let user = UserID(claims.userID) else { throw Problem(.tokenInvalid) }
        guard operation.access == .player || claims.isOperator else {
            throw Problem(.operatorOnly)
        }
        if let seconds = limits.take(user: claims.userID, at: .now) {
            throw Problem(.rateLimited, retryAfterSeconds: seconds)
        }
        return user
    }

    private func claims(_ request: HTTPRequest) throws(Problem) -> TokenClaims {
        let headers = request.headers("Authorization")
        guard let header = headers.first else { throw Problem(.tokenMissing) }
        guard headers.count == 1 else { throw Problem(.tokenInvalid, "One token is wanted.") }
        let parts = header.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Problem(.tokenMissing, "Authorization: Bearer and a token are wanted.")
        }
        do {
            return try verifier.verify(String(parts[1]), now: clock())
        } catch {
            throw Problem(error == .expired ? .tokenExpired : .tokenInvalid, "\(error).")
        }
    }
}
