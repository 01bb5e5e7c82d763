/// What all tokens of a deployment have in common.
package struct TokenRules: Sendable, Equatable {
    /// Clocks may differ by this much.
    package static let leewaySecondsDefault = 30

    /// What `iss` must be.
    package var issuer = "betting-engine"
    /// What must be among `aud`.
    package var audience = "betting-api"
    /// How much later than `exp`, and earlier than `nbf`, a token is still taken.
    package var leewaySeconds = Int64(leewaySecondsDefault)

    package init() {}
}
