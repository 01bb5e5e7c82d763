import JetStream
import Synchronization
import Telemetry
import Topology

/// This pod's place in the queue group that shares the deliveries.
final class Membership: Sendable {
    /// Messages that libnats may hold before this process has looked at them. The server sends no
    /// more than `max_ack_pending`; redeliveries come on top.
    private static let pendingMessagesMax = 32_768
    private static let pendingBytesMax = 4 << 20
    /// What is sent back because too much is held comes again after this time.
    private static let postponedNanoseconds: Int64 = 1_000_000_000

    private let connection: NATSConnection
    private let intake: Intake
    private let subscription = Mutex<QueueSubscription?>(nil)

    init(connection: NATSConnection, intake: Intake) {
        self.connection = connection
        self.intake = intake
    }

    var isJoined: Bool { subscription.withLock { $0 != nil } }

    /// Messages libnats holds, and those it dropped because it held too many.
    var backlog: (pending: Int, dropped: Int) {
        subscription.withLock { ($0?.pendingMessages ?? 0, $0?.droppedMessages ?? 0) }
    }

    /// Takes part from now on; nothing happens when it does already, or when the intake has finished.
    func join() throws(JetStreamError) {
        try subscription.withLock { (subscription) throws(JetStreamError) in
            guard subscription == nil, intake.startTaking() else { return }
            subscription = try subscribed()
        }
    }

    private func subscribed() throws(JetStreamError) -> QueueSubscription {
        try QueueSubscription(
            on: connection,
            subject: Topology.deliverSubject(epoch: intake.epoch),
            group: Topology.group,
            pendingMessagesMax: Self.pendingMessagesMax,
            pendingBytesMax: Self.pendingBytesMax
        ) { [intake, connection] message in
            guard intake.receive(message) == .postponed else { return }
            var reply = ReplyList(reserving: 1)
            reply.append(message)
            try? connection.answer(
                reply,
                with: .notAcknowledged(delayNanoseconds: Self.postponedNanoseconds)
            )
        }
    }

    /// Takes nothing more; what libnats holds already is handed over first, as far as time allows.
    func leave(drainTimeoutMilliseconds: Int) {
        let left = subscription.withLock { subscription in
            defer { subscription = nil }
            return subscription
        }
        left?.leave(drainTimeoutMilliseconds: drainTimeoutMilliseconds)
    }
}
