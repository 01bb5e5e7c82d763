import JetStream
import Synchronization
import Threading
import Topology

/// This pod's place in the queue group that shares the deliveries: a connection of its own, which is
/// read no faster than the intake takes, made anew when it is lost.
final class Membership: Sendable {
    typealias Connect =
        @Sendable (
            _ onEvent: @escaping @Sendable (ConnectionEvent) -> Void
        ) throws(JetStreamError) -> NATSConnection

    /// Messages that libnats may hold before this process has looked at them. The server sends no
    /// more than `max_ack_pending`; redeliveries come on top.
    private static let pendingMessagesMax = 32_768
    private static let pendingBytesMax = 4 << 20
    /// With so much of it nothing more is read.
    private static let aheadBytesMax = 1 << 20
    /// What is sent back because too much is held comes again after this time.
    private static let postponedNanoseconds: Int64 = 1_000_000_000
    /// Between two tries to come back.
    private static let pause = Duration.milliseconds(250)

    private struct Place {
        let connection: NATSConnection
        let subscription: QueueSubscription
        let isLost: Flag
    }

    /// What was asked for last; held while it is carried out.
    private struct Wish {
        var isMember = false
        var nextTry = ContinuousClock.now
    }

    private let connect: Connect
    private let answers: NATSConnection
    private let intake: Intake
    private let wish = Mutex(Wish())
    private let place = Mutex<Place?>(nil)

    /// - Parameters:
    ///   - connect: makes a connection for deliveries, in one try.
    ///   - answers: the connection that answers, and comes back by itself.
    init(connect: @escaping Connect, answers: NATSConnection, intake: Intake) {
        self.connect = connect
        self.answers = answers
        self.intake = intake
    }

    var isJoined: Bool { place.withLock { $0.map { !$0.isLost.load() } ?? false } }

    /// Messages libnats holds, and those it dropped because it held too many.
    var backlog: (pending: Int, dropped: Int) {
        let subscription = place.withLock { $0?.subscription }
        return (subscription?.pendingMessages ?? 0, subscription?.droppedMessages ?? 0)
    }

    /// Takes part from now on; nothing happens when it does already, or when the intake has finished. While
    /// NATS is away that is left to `keep`.
    func join() throws(JetStreamError) {
        try wish.withLock { (wish) throws(JetStreamError) in
            wish.isMember = true
            try take(&wish)
        }
    }

    /// Comes back after a loss, when it is time; to be called often.
    func keep() throws(JetStreamError) {
        try wish.withLock { (wish) throws(JetStreamError) in
            guard wish.isMember, !isJoined, wish.nextTry <= .now, answers.isConnected else {
                return
            }
            try take(&wish)
        }
    }

    /// Takes nothing more; what libnats holds already is handed over first, as far as time allows.
    func leave(drainTimeoutMilliseconds: Int) {
        wish.withLock { wish in
            wish.isMember = false
            giveUpPlace(drainTimeoutMilliseconds: drainTimeoutMilliseconds)
        }
    }

    private func take(_ wish: inout Wish) throws(JetStreamError) {
        guard !isJoined, intake.startTaking() else { return }
        giveUpPlace(drainTimeoutMilliseconds: 0)
        wish.nextTry = .now + Self.pause
        do throws(JetStreamError) {
            let taken = try taken()
            place.withLock { $0 = taken }
        } catch {
            // Closed: lost again before it was of use.
            guard error.disposition == .retry || error == .closed else { throw error }
        }
    }

    private func taken() throws(JetStreamError) -> Place {
        let isLost = Flag()
        let connection = try connect { event in
            if event == .closed { isLost.set() }
        }
        let subscription = try QueueSubscription(
            on: connection,
            subject: Topology.deliverSubject(epoch: intake.epoch),
            group: Topology.group,
            pendingMessagesMax: Self.pendingMessagesMax,
            pendingBytesMax: Self.pendingBytesMax,
            aheadBytesMax: Self.aheadBytesMax
        ) { [intake, answers] message in
            guard intake.receive(message) == .postponed else { return }
            var reply = ReplyList(reserving: 1)
            reply.append(message)
            try? answers.answer(
                reply,
                with: .notAcknowledged(delayNanoseconds: Self.postponedNanoseconds)
            )
        }
        return Place(connection: connection, subscription: subscription, isLost: isLost)
    }

    private func giveUpPlace(drainTimeoutMilliseconds: Int) {
        let left = place.withLock { place in
            defer { place = nil }
            return place
        }
        guard let left else { return }
        left.subscription.leave(drainTimeoutMilliseconds: drainTimeoutMilliseconds)
        left.connection.close()
    }
}
