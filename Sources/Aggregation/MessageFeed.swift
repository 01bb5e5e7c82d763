import JetStream
import Statistics
import StatsCodec
import Synchronization
import Telemetry
import Threading
import Topology

/// Listens to the pods: what they send now by plain subscriptions, what they sent last by the
/// stream that keeps the newest message of each start.
///
/// A message that is lost does no harm, the next one says it all again; so nothing is acknowledged
/// and nothing is waited for. The queues are bounded, what is beyond is dropped and counted.
final class MessageFeed: Sendable {
    private static let pendingMessagesMax = 8_192
    private static let pendingBytesMax = 8 << 20
    /// Messages of the stream on their way at once.
    private static let snapshotWindow = 256
    private static let snapshotLimit = Duration.seconds(10)
    private static let leaveMilliseconds = 500

    private let connection: NATSConnection
    private let inboxPrefix: String
    private let board: FleetBoard
    private let counters: AggregatorCounters
    private let logger: Logger
    private let live = Mutex<[QueueSubscription]>([])

    init(
        connection: NATSConnection,
        inboxPrefix: String,
        board: FleetBoard,
        counters: AggregatorCounters,
        logger: Logger
    ) {
        self.connection = connection
        self.inboxPrefix = inboxPrefix
        self.board = board
        self.counters = counters
        self.logger = logger
    }

    /// Messages that were dropped because too many waited.
    var droppedMessages: Int {
        live.withLock { $0.map(\.droppedMessages).reduce(0, +) }
    }

    /// Begins to listen to what is sent from now on; libnats subscribes again by itself after a
    /// loss.
    func listen() throws(JetStreamError) {
        for subject in [Topology.statsSubject, Topology.statsSubject + ".>"] {
            let decoder = Mutex(StatsDecoder())
            let subscription = try QueueSubscription(
                on: connection,
                subject: subject,
                group: nil,
                pendingMessagesMax: Self.pendingMessagesMax,
                pendingBytesMax: Self.pendingBytesMax
            ) { [self] message in
                take(message, age: .zero, decoder)
            }
            live.withLock { $0.append(subscription) }
        }
    }

    /// Stops listening.
    func leave() {
        for subscription in live.withLock({ $0 }) {
            subscription.leave(drainTimeoutMilliseconds: 0)
        }
    }

    /// Reads the newest message of every start. Blocks until all came.
    ///
    /// The stream keeps one message of each subject, so all of it is just that. An ephemeral consumer
    /// pushes them; its acknowledgements bound what is on its way, and the server drops it once
    /// nobody listens.
    ///
    /// - Throws: `timeout` when they did not come in time, and what asking the server throws.
    func readLast(_ manager: JetStreamManager) throws(JetStreamError) {
        guard let stream = try manager.streamInfo(Topology.statsStream), stream.messages > 0 else {
            return
        }
        // The newest one is never replaced by an older one, so it or one after it comes last.
        let lastSequence = stream.lastSequence
        let isDone = Monitor(false)
        let decoder = Mutex(StatsDecoder())
        let subject = "\(inboxPrefix).stats.\(UInt64.random(in: .min ... .max))"
        let subscription = try QueueSubscription(
            on: connection,
            subject: subject,
            group: nil,
            pendingMessagesMax: Self.snapshotWindow * 2,
            pendingBytesMax: Self.pendingBytesMax
        ) { [self] message in
            guard let delivery = message.delivery else { return }
            take(message, age: age(delivery.timestampNanoseconds), decoder)
            var reply = ReplyList(reserving: 1)
            if reply.append(message) { try? connection.answer(reply, with: .acknowledge) }
            if delivery.streamSequence >= lastSequence { isDone.update { $0 = true } }
        }
        defer { subscription.leave(drainTimeoutMilliseconds: Self.leaveMilliseconds) }
        try connection.flush(timeoutMilliseconds: 2_000)
        var consumer = ConsumerConfiguration(durable: "")
        consumer.deliverSubject = subject
        consumer.maxAckPending = Self.snapshotWindow
        consumer.start = .first
        try manager.createEphemeralConsumer(consumer, on: Topology.statsStream)
        guard isDone.wait(atMost: Self.snapshotLimit, { $0 ? true : nil }) == true else {
            throw .timeout(operation: "read the pods' last messages")
        }
    }

    private func take(
        _ message: borrowing ReceivedMessage,
        age: Duration,
        _ decoder: borrowing Mutex<StatsDecoder>
    ) {
        let stats: PodStats
        do throws(StatsMessageError) {
            stats = try message.withBody { body throws(StatsMessageError) in
                try decoder.withLock { decoder throws(StatsMessageError) in
                    try decoder.decode(body)
                }
            }
        } catch {
            counters.messagesMalformed.add()
            logger.debug("not a stats message", ["error": error])
            return
        }
        board.take(stats, age: age)
    }

    /// By the server's clock against this machine's.
    private func age(_ storedNanoseconds: Int64) -> Duration {
        .microseconds(max(Moment.now.wallMicroseconds - storedNanoseconds / 1_000, 0))
    }
}
