package import Betting
package import Ledger

/// A job that somebody has, until its lease is over or somebody else has it.
package struct JobClaim: Hashable, Sendable {
    package let kind: JobKind
    /// The bet, or for `settle` the match.
    package let subject: BetID
    package let round: Identifier
    /// How often it was taken, this time included.
    package let attempts: Int
    /// Never given twice. Whoever ends the job shows it, in the transaction that does the work.
    package let fence: Int64

    package init(
        kind: JobKind,
        subject: BetID,
        round: Identifier,
        attempts: Int,
        fence: Int64
    ) {
        self.kind = kind
        self.subject = subject
        self.round = round
        self.attempts = attempts
        self.fence = fence
    }
}
