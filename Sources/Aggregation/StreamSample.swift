package import JetStream

/// What NATS said about the streams and the consumer at one moment.
package struct StreamSample: Sendable {
    /// The questions went out not before.
    package let begunAt: ContinuousClock.Instant
    /// `bets_stream`; nil when it is not there.
    package var bets: StreamInfo?
    /// `bets_consumer`; nil when it is not there.
    package var consumer: ConsumerInfo?
    /// Other streams that are there.
    package var others: [StreamInfo] = []

    package init(begunAt: ContinuousClock.Instant) {
        self.begunAt = begunAt
    }

    /// Creation time of `bets_stream`, nanoseconds since 1970.
    package var epoch: Int64? { bets?.createdNanoseconds }

    /// Bets that were published in this epoch.
    package var published: Int64? { bets.map { Int64(clamping: $0.lastSequence) } }

    /// Bets that are not delivered, or not acknowledged; nil without a consumer.
    package var pendingBets: Int64? {
        consumer.map { Int64(clamping: $0.pending) + Int64($0.ackPending) }
    }
}
