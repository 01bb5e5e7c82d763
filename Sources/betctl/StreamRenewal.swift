import BetStore
import Betting
import JetStream
import PostgresClient
import Topology

/// `betctl streams renew`: the bets stream made anew, with the messages of the old one that have no
/// outcome. They are kept in a stream of their own while there is neither the old nor the new one.
///
/// Ended half way, it goes on when it is run again: what is carried over twice is a duplicate.
struct StreamRenewal {
    private static let rescueStream = "bets_rescue"
    private static let rescueSubject = "_bets.rescue"
    /// What the old stream listens to while it is copied: publishers are refused, and try again.
    private static let closedSubject = "_bets.closed"
    /// Keeps the old headers from meaning something to the server meanwhile.
    private static let headerPrefix = "Rescued-"
    /// Conditions on the stream that a message was published to.
    private static let conditionPrefix = "nats-expected-"
    /// What decides about the outcome.
    private static let needed = ["Content-Type", "Nats-Msg-Id"]
    private static let messagesAtOnce: UInt64 = 500
    private static let timeoutMilliseconds = 5_000

    private let topology: Topology
    private let connection: NATSConnection
    private let manager: JetStreamManager
    private let postgres: PostgresConnection

    init(_ topology: Topology, _ connection: NATSConnection, _ postgres: PostgresConnection) {
        self.topology = topology
        self.connection = connection
        manager = JetStreamManager(connection, timeoutMilliseconds: Self.timeoutMilliseconds)
        self.postgres = postgres
    }

    func run() throws -> ExitStatus {
        let stream = try manager.streamInfo(Topology.betsStream)
        let isRescued = try manager.streamInfo(Self.rescueStream) != nil
        // Copied in whole only if the old stream is gone.
        if let stream, !isRescued || stream.configuration.subjects == [Self.closedSubject] {
            try rescue(stream)
            try manager.deleteStream(Topology.betsStream)
        }
        try topology.createMissing(manager)
        guard let epoch = try manager.streamInfo(Topology.betsStream)?.createdNanoseconds else {
            throw CommandFailure("\(Topology.betsStream) is gone again")
        }
        try EpochRegistry.register(epoch, on: postgres)
        let carried = try republish()
        print("\(Topology.betsStream) has the new epoch \(epoch); \(carried) messages without")
        print("an outcome were carried over. Backends may start")
        return .success
    }

    // MARK: The old stream

    private func rescue(_ stream: StreamInfo) throws {
        let consumer = try manager.consumerInfo(
            stream: Topology.betsStream,
            consumer: Topology.betsConsumer
        )
        guard consumer?.isPushBound != true else {
            throw CommandFailure("backends are in the group \(Topology.group): stop them first")
        }
        let epoch = stream.createdNanoseconds
        // No backend begins with it any more.
        try EpochRegistry.register(epoch, on: postgres)
        try StreamEnd.record("it is made anew", epoch: epoch, on: postgres)
        var closed = stream.configuration
        closed.subjects = [Self.closedSubject]
        let old = try manager.updateStream(closed)
        try manager.deleteStream(Self.rescueStream)
        try manager.createStream(rescue)
        var first = old.firstSequence
        while first <= old.lastSequence, old.messages > 0 {
            let last = min(old.lastSequence, first + Self.messagesAtOnce - 1)
            try copy(first...last, epoch)
            first = last + 1
        }
    }

    private var rescue: StreamConfiguration {
        var stream = StreamConfiguration(name: Self.rescueStream, subjects: [Self.rescueSubject])
        stream.discard = .new
        stream.replicas = topology.bets.replicas
        return stream
    }

    /// Copies the messages of `range` that have no outcome, or the sequence of another's.
    private func copy(_ range: ClosedRange<UInt64>, _ epoch: Int64) throws {
        var messages: [(sequence: Int64, message: RawMessage)] = []
        for sequence in range {
            let found = try manager.message(stream: Topology.betsStream, sequence: sequence)
            guard let found else { continue }
            messages.append((Int64(clamping: sequence), RawMessage(found)))
        }
        let known = try OwnOutcomes.known(of: messages, epoch: epoch, on: postgres)
        for ((_, message), isKnown) in zip(messages, known) where !isKnown {
            do throws(JetStreamError) {
                try keep(message, message.headers)
            } catch {
                // A name or value that libnats would not send.
                guard case .invalid = error else { throw error }
                try keep(message, message.headers.filter { Self.needed.contains($0.name) })
            }
        }
    }

    private func keep(
        _ message: RawMessage,
        _ headers: [(name: String, value: String)]
    ) throws(JetStreamError) {
        _ = try connection.publishAcknowledged(
            Self.rescueSubject,
            body: message.body,
            messageID: nil,
            headers: headers.map { (Self.headerPrefix + $0.name, $0.value) },
            timeoutMilliseconds: Self.timeoutMilliseconds
        )
    }

    // MARK: The new one

    /// Returns how many messages the new stream got.
    private func republish() throws -> UInt64 {
        guard let rescue = try manager.streamInfo(Self.rescueStream) else { return 0 }
        if rescue.messages > 0 {
            for sequence in rescue.firstSequence...rescue.lastSequence {
                let found = try manager.message(stream: Self.rescueStream, sequence: sequence)
                if let found { try publish(found) }
            }
        }
        try manager.deleteStream(Self.rescueStream)
        return rescue.messages
    }

    private func publish(_ message: StoredMessage) throws {
        let headers = message.headers.compactMap { header -> (String, String)? in
            guard header.name.hasPrefix(Self.headerPrefix) else { return nil }
            let name = String(header.name.dropFirst(Self.headerPrefix.count))
            return name.lowercased().hasPrefix(Self.conditionPrefix) ? nil : (name, header.value)
        }
        let answer = try publish(message.body, headers)
        guard answer.isDuplicate else { return }
        // Two messages with one message id, or a second run: which one it is, Postgres tells.
        _ = try publish(message.body, headers.filter { $0.0.lowercased() != "nats-msg-id" })
    }

    private func publish(
        _ body: [UInt8],
        _ headers: [(String, String)]
    ) throws -> PublishAcknowledgement {
        try connection.publishAcknowledged(
            Topology.betsSubject,
            body: body,
            messageID: nil,
            headers: headers,
            timeoutMilliseconds: Self.timeoutMilliseconds
        )
    }
}

extension RawMessage {
    /// A message as the stream holds it.
    fileprivate init(_ message: StoredMessage) {
        self.init(
            subject: message.subject,
            headers: message.headers,
            body: message.body,
            publishedAt: Timestamp(microseconds: message.timestampNanoseconds / 1_000)
        )
    }
}
