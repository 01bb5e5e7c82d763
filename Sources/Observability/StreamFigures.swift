/// A stream as its server reports it.
package struct StreamFigures: Sendable, Equatable {
    package var name: String
    package var messages: UInt64
    package var bytes: UInt64
    /// Below 1 for a stream without a limit.
    package var limitBytes: Int64
    package var firstSequence: UInt64
    package var lastSequence: UInt64

    package init(
        name: String,
        messages: UInt64,
        bytes: UInt64,
        limitBytes: Int64,
        firstSequence: UInt64,
        lastSequence: UInt64
    ) {
        self.name = name
        self.messages = messages
        self.bytes = bytes
        self.limitBytes = limitBytes
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
    }
}

/// A consumer as its server reports it.
package struct ConsumerFigures: Sendable, Equatable {
    /// How far it is, as the consumer counts deliveries and as the stream counts messages.
    package struct Position: Sendable, Equatable {
        package var consumerSequence: UInt64
        package var streamSequence: UInt64

        package init(consumerSequence: UInt64, streamSequence: UInt64) {
            self.consumerSequence = consumerSequence
            self.streamSequence = streamSequence
        }
    }

    package var stream: String
    package var name: String
    /// Messages not delivered yet.
    package var pending: UInt64
    /// Messages delivered and not acknowledged.
    package var ackPending: Int
    /// Of these, delivered more than once.
    package var redelivered: Int
    package var delivered: Position
    /// Everything up to here is acknowledged.
    package var ackFloor: Position

    package init(
        stream: String,
        name: String,
        pending: UInt64,
        ackPending: Int,
        redelivered: Int,
        delivered: Position,
        ackFloor: Position
    ) {
        self.stream = stream
        self.name = name
        self.pending = pending
        self.ackPending = ackPending
        self.redelivered = redelivered
        self.delivered = delivered
        self.ackFloor = ackFloor
    }
}
