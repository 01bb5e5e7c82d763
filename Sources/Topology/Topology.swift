package import JetStream

/// The streams and the consumer of the engine as they are meant to be: one place for those who
/// create them and those who check what they meet.
package struct Topology: Sendable {
    package static let betsStream = "bets_stream"
    package static let betsSubject = "bets"
    package static let statsStream = "stats_stream"
    package static let statsSubject = "stats.update"
    package static let deadLettersStream = "dead_letters"
    /// A rejected bet goes to `dead.bets.<reason>`.
    package static let deadBetsPrefix = "dead.bets."
    /// Whoever made jobs says so here; nothing is lost when nobody hears it.
    package static let jobsSubject = "jobs.wake"
    /// The durable consumer all backends share.
    package static let betsConsumer = "bets_consumer"
    /// The queue group of the backends.
    package static let group = "betting-engine-group"
    /// A shorter ack wait redelivers what a healthy backend still works on.
    package static let ackWaitSecondsMin = 5

    private static let maxMessageBytes: Int32 = 4_096
    private static let duplicateWindowNanoseconds: Int64 = 120 * nanosecondsPerSecond
    private static let statsMessagesMax: Int64 = 100_000
    private static let deadLettersMaxAgeDays: Int64 = 30
    private static let nanosecondsPerSecond: Int64 = 1_000_000_000
    static let nanosecondsPerHour = 3_600 * nanosecondsPerSecond

    private let settings: TopologySettings

    package init(_ settings: TopologySettings = TopologySettings()) {
        self.settings = settings
    }

    /// `bets_stream`, `stats_stream` and `dead_letters`.
    package var streams: [StreamConfiguration] { [bets, stats, deadLetters] }

    /// Refuses bets when it is full instead of dropping old ones, and lets nobody delete or purge:
    /// a purge forgets what is in flight (nats-server 2.9).
    package var bets: StreamConfiguration {
        var stream = StreamConfiguration(name: Self.betsStream, subjects: [Self.betsSubject])
        stream.discard = .new
        stream.replicas = settings.replicas
        stream.maxAgeNanoseconds = Int64(settings.betsMaxAgeHours) * Self.nanosecondsPerHour
        stream.maxBytes = settings.betsMaxBytes
        stream.maxMessageBytes = Self.maxMessageBytes
        stream.duplicateWindowNanoseconds = Self.duplicateWindowNanoseconds
        stream.deniesDelete = true
        stream.deniesPurge = true
        return stream
    }

    /// The newest snapshot of each start of each backend.
    package var stats: StreamConfiguration {
        var stream = StreamConfiguration(
            name: Self.statsStream,
            subjects: [Self.statsSubject, Self.statsSubject + ".>"]
        )
        stream.replicas = settings.replicas
        stream.maxMessages = Self.statsMessagesMax
        stream.maxMessagesPerSubject = 1
        stream.duplicateWindowNanoseconds = Self.duplicateWindowNanoseconds
        return stream
    }

    /// Copies of what was rejected, for tools; the rows in Postgres are the record.
    package var deadLetters: StreamConfiguration {
        var stream = StreamConfiguration(name: Self.deadLettersStream, subjects: ["dead.>"])
        stream.replicas = settings.replicas
        stream.maxAgeNanoseconds = Self.deadLettersMaxAgeDays * 24 * Self.nanosecondsPerHour
        stream.maxBytes = settings.deadLettersMaxBytes
        stream.duplicateWindowNanoseconds = Self.duplicateWindowNanoseconds
        return stream
    }

    /// `bets_consumer`: pushes to the queue group until a message is answered, without end.
    ///
    /// - Parameter epoch: when `bets_stream` was created, nanoseconds since 1970.
    package func consumer(epoch: Int64) -> ConsumerConfiguration {
        var consumer = ConsumerConfiguration(durable: Self.betsConsumer)
        consumer.deliverSubject = Self.deliverSubject(epoch: epoch)
        consumer.deliverGroup = Self.group
        consumer.acknowledgementPolicy = .explicit
        consumer.ackWaitMilliseconds = Int64(settings.ackWaitSeconds) * 1_000
        consumer.maxDeliver = -1
        consumer.maxAckPending = settings.maxAckPending
        consumer.start = .first
        return consumer
    }

    /// Where the consumer pushes to. The epoch in it keeps members of a stream that was made anew
    /// apart from those of its predecessor.
    package static func deliverSubject(epoch: Int64) -> String { "_bets.deliver.\(epoch)" }
}
