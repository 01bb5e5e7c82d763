import JetStream
import Observability
import Synchronization
import Telemetry
import Threading
import Topology

/// The thread that looks at NATS once a second, and keeps the connection the messages come by.
final class StreamWatch: Sendable {
    private static let every = Duration.seconds(1)
    private static let requestMilliseconds = 2_000

    private let configuration: NATSConfiguration
    private let board: FleetBoard
    private let counters: AggregatorCounters
    private let metrics: StreamMetrics
    private let logger: Logger
    private let stopping: Stopping
    private let beat: @Sendable () -> Void
    /// What the server refused: nothing of it comes by itself later.
    private let refusal = Mutex<String?>(nil)
    /// A connection came back: messages may have been missed.
    private let mustReadLast = Atomic(true)

    init(
        _ configuration: NATSConfiguration,
        board: FleetBoard,
        counters: AggregatorCounters,
        metrics: StreamMetrics,
        logger: Logger,
        stopping: Stopping,
        beat: @escaping @Sendable () -> Void
    ) {
        self.configuration = configuration
        self.board = board
        self.counters = counters
        self.metrics = metrics
        self.logger = logger
        self.stopping = stopping
        self.beat = beat
    }

    /// Blocks until it is time to stop.
    ///
    /// - Throws: what only a new process mends: a connection that hangs for good, a user without the
    ///   permissions of an aggregator.
    func run() throws(JetStreamError) {
        guard let connection = try connect() else { return }
        defer { connection.close() }
        let feed = MessageFeed(
            connection: connection,
            inboxPrefix: configuration.inboxPrefix,
            board: board,
            counters: counters,
            logger: logger
        )
        try feed.listen()
        defer { feed.leave() }
        let manager = JetStreamManager(connection, timeoutMilliseconds: Self.requestMilliseconds)
        repeat {
            beat()
            guard !connection.probe().isWedged else {
                throw JetStreamError.wedged(operation: "reconnect")
            }
            if let reason = refusal.withLock({ $0 }) {
                throw JetStreamError.permissionDenied(operation: "listening", reason: reason)
            }
            do throws(JetStreamError) {
                let sample = try look(manager)
                try readLast(feed, manager)
                board.noteUp(.nats, detail: finding(sample))
                tell(sample)
                noteDropped(feed.droppedMessages)
            } catch {
                guard error.disposition != .stop else { throw error }
                board.withState { $0.note(stream: nil, at: .now) }
                board.noteDown(.nats, "\(error)")
            }
        } while !stopping.wait(Self.every)
    }

    /// Tries until a server takes the connection; nil when it is time to stop.
    private func connect() throws(JetStreamError) -> NATSConnection? {
        while !stopping.isAsked {
            beat()
            do throws(JetStreamError) {
                return try NATSConnection(configuration) { [weak self] event in
                    self?.react(to: event)
                }
            } catch {
                if case .wedged = error { throw error }
                if case .invalid = error { throw error }
                board.noteDown(.nats, "\(error)")
            }
            if stopping.wait(Self.every) { break }
        }
        return nil
    }

    private func react(to event: ConnectionEvent) {
        switch event {
        case .reconnected: mustReadLast.store(true, ordering: .releasing)
        case .permissionViolation(let text):
            logger.error("NATS refuses", ["subject": text])
            refusal.withLock { $0 = text }
        case .slowConsumer(let subject):
            logger.warning("stats messages were dropped", ["subject": subject])
        case .disconnected, .closed, .lameDuck, .asyncError:
            logger.debug("NATS", ["event": "\(event)"])
        }
    }

    // MARK: One look

    private func look(_ manager: JetStreamManager) throws(JetStreamError) -> StreamSample {
        var sample = StreamSample(begunAt: .now)
        sample.bets = try manager.streamInfo(Topology.betsStream)
        if sample.bets != nil {
            sample.consumer = try manager.consumerInfo(
                stream: Topology.betsStream,
                consumer: Topology.betsConsumer
            )
        }
        for name in [Topology.statsStream, Topology.deadLettersStream] {
            if let info = try manager.streamInfo(name) { sample.others.append(info) }
        }
        let undated = board.withState { state in
            state.note(stream: sample, at: .now)
            return state.undatedSequence
        }
        if let undated { try date(undated, manager) }
        return sample
    }

    private func finding(_ sample: StreamSample) -> String {
        if sample.bets == nil { return "\(Topology.betsStream) is not there: run `betctl streams`" }
        if sample.consumer == nil {
            return "\(Topology.betsConsumer) is not there: run `betctl streams`"
        }
        return ""
    }

    /// When a message without an outcome was published.
    private func date(_ sequence: Int64, _ manager: JetStreamManager) throws(JetStreamError) {
        guard let number = UInt64(exactly: sequence),
            let message = try manager.message(stream: Topology.betsStream, sequence: number)
        else { return }
        board.withState {
            $0.note(published: message.timestampNanoseconds, sequence: sequence)
        }
    }

    /// What was dropped may have been the last word of a pod; the stream has it.
    private func noteDropped(_ total: Int) {
        let new = total - counters.messagesDropped.value
        guard new > 0 else { return }
        counters.messagesDropped.add(new)
        mustReadLast.store(true, ordering: .releasing)
    }

    private func readLast(
        _ feed: MessageFeed,
        _ manager: JetStreamManager
    ) throws(JetStreamError) {
        guard mustReadLast.exchange(false, ordering: .acquiringAndReleasing) else { return }
        do throws(JetStreamError) {
            try feed.readLast(manager)
        } catch {
            mustReadLast.store(true, ordering: .releasing)
            throw error
        }
        board.withState { $0.noteMessagesRead() }
    }

    private func tell(_ sample: StreamSample) {
        var reading = StreamMetrics.Reading()
        reading.streams = ([sample.bets].compactMap(\.self) + sample.others).map {
            StreamFigures($0)
        }
        reading.consumers = [sample.consumer].compactMap(\.self).map {
            ConsumerFigures($0, of: Topology.betsStream)
        }
        let (age, full) = board.withState {
            ($0.oldestAge(at: .now), $0.secondsUntilFull)
        }
        reading.oldestUnresolvedAgeSeconds = age
        if let full { reading.secondsUntilFull[Topology.betsStream] = full }
        metrics.update(reading)
    }
}
