/// What JetStream says about one delivery of a message, in the subject that acknowledges it.
package struct Delivery: Sendable, Equatable {
    /// Position in the stream, from 1.
    package var streamSequence: UInt64
    /// Position among the deliveries of the consumer, from 1.
    package var consumerSequence: UInt64
    /// How often the server believes it delivered the message, from 1. Never trust it: it starts
    /// again when the server is killed.
    package var deliveredCount: UInt64
    /// When the message was stored, nanoseconds since 1970.
    package var timestampNanoseconds: Int64
    /// Messages the consumer had not delivered yet at that moment.
    package var pending: UInt64

    package init(
        streamSequence: UInt64,
        consumerSequence: UInt64,
        deliveredCount: UInt64,
        timestampNanoseconds: Int64,
        pending: UInt64
    ) {
        self.streamSequence = streamSequence
        self.consumerSequence = consumerSequence
        self.deliveredCount = deliveredCount
        self.timestampNanoseconds = timestampNanoseconds
        self.pending = pending
    }
}
