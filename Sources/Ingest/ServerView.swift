import JetStream

/// What the three servers say of the engine as a whole, each figure nil while its server does not
/// answer.
struct ServerView: Sendable {
    /// `bets_stream`.
    var stream: StreamInfo?
    /// `bets_consumer`.
    var consumer: ConsumerInfo?
    /// When the message after the acknowledgement floor was stored, nanoseconds since 1970; nil
    /// when nothing waits.
    var oldestUnacknowledgedNanoseconds: Int64?
    /// Rows of `bets` over all epochs, from the totals.
    var rows: Int64?
    /// Bets in the odds counters.
    var odds: Int64?

    /// Bets published and not acknowledged.
    var pending: Int64? {
        consumer.map { Int64(clamping: $0.pending) + Int64($0.ackPending) }
    }
}
