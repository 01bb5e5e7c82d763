/// What the three servers say of the engine as a whole; each figure is nil while its server does
/// not answer.
struct ServerView: Sendable {
    /// Rows of `bets` over all epochs, from the totals.
    var rows: Int64?
    /// Bets in the odds counters.
    var odds: Int64?
    /// Bets published and not acknowledged.
    var pending: Int64?
}
