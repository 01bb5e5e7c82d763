/// Which acknowledgements a consumer waits for.
package enum AcknowledgementPolicy: String, Sendable {
    case explicit, none, all
}

/// Where in the stream a new consumer starts.
package enum DeliveryStart: Sendable, Equatable {
    case first
    /// The newest message and all after it.
    case last
    case new
    case sequence(UInt64)
    case lastPerSubject
    /// Only reported, never to be asked for: a start by time.
    case time(nanoseconds: Int64)
}

/// How a consumer is set up. With a deliver subject it pushes; without one it is pulled. Without a
/// name it is ephemeral: the server drops it some seconds after nobody listens any more.
package struct ConsumerConfiguration: Sendable, Equatable {
    package var durable: String
    package var deliverSubject: String?
    /// The queue group that shares the deliver subject.
    package var deliverGroup: String?
    package var filterSubject: String?
    package var acknowledgementPolicy = AcknowledgementPolicy.explicit
    package var ackWaitMilliseconds: Int64 = 30_000
    /// Deliveries per message, -1 for no limit. A finite number loses messages.
    package var maxDeliver = -1
    package var maxAckPending = 1_000
    /// Nanoseconds between redeliveries; replaces the ack wait and breaks delayed negative
    /// acknowledgements, so it should be empty.
    package var backoff: [Int64] = []
    package var start = DeliveryStart.first

    package init(durable: String) {
        self.durable = durable
    }
}

/// A consumer as the server reports it.
package struct ConsumerInfo: Sendable, Equatable {
    /// A position, as the consumer counts and as the stream counts.
    package struct Position: Sendable, Equatable {
        package var consumerSequence: UInt64
        package var streamSequence: UInt64

        package init(consumerSequence: UInt64 = 0, streamSequence: UInt64 = 0) {
            self.consumerSequence = consumerSequence
            self.streamSequence = streamSequence
        }
    }

    package var configuration: ConsumerConfiguration
    /// The durable name, or the one the server gave an ephemeral consumer.
    package var name = ""
    package var createdNanoseconds: Int64
    package var delivered = Position()
    /// Everything up to here is acknowledged; exact only while nothing is pending.
    package var ackFloor = Position()
    /// Messages not delivered yet.
    package var pending: UInt64 = 0
    /// Messages delivered and not acknowledged yet.
    package var ackPending = 0
    package var redelivered = 0
    /// Whether somebody subscribes to the deliver subject.
    package var isPushBound = false

    package init(configuration: ConsumerConfiguration, createdNanoseconds: Int64) {
        self.configuration = configuration
        self.createdNanoseconds = createdNanoseconds
    }
}
