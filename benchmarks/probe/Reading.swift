import JetStream
import NATSAccess
import ServiceKit
import Threading

/// How fast JetStream pushes a stream to somebody who only counts.
struct Reading {
    private static let stream = "bets_stream"
    private static let secondsMax = 300
    private static let acknowledgedAtOnce = 500

    /// Messages in the stream.
    let count: Int
    /// Each by itself, with as many open as the backends may have; otherwise none.
    let acknowledges: Bool

    private struct State {
        var received = 0
        /// Of the message that came last.
        var sequence: UInt64 = 0
        var replies = ReplyList(reserving: Reading.acknowledgedAtOnce)
        var failure: JetStreamError?
    }

    func run(_ environment: Environment) throws {
        let connection = try Connecting.connect(environment)
        defer { connection.close() }
        let state = Monitor(State())
        let subject = "\(NATSRole.operator.inboxPrefix).read\(UInt64.random(in: .min ... .max))"
        let subscription = try QueueSubscription(
            on: connection,
            subject: subject,
            group: nil,
            pendingMessagesMax: count + 1,
            pendingBytesMax: Int(Int32.max)
        ) { message in receive(message, state, connection) }
        try connection.flush(timeoutMilliseconds: 5_000)

        let manager = JetStreamManager(connection)
        let end = try manager.streamInfo(Self.stream)?.lastSequence ?? 0
        let began = ContinuousClock.now
        try manager.createEphemeralConsumer(consumer(subject), on: Self.stream)
        let isWhole = state.wait(atMost: .seconds(Self.secondsMax)) { state in
            state.failure != nil || state.received >= count ? true : nil
        }
        let seconds = began.duration(to: .now) / .seconds(1)
        subscription.leave(drainTimeoutMilliseconds: 0)
        let last = state.withLock { $0 }
        if let failure = last.failure { throw failure }
        guard isWhole == true else { throw ProbeError.unanswered(count - last.received) }
        guard last.sequence == end else {
            throw ProbeError.refused("message \(count) was \(last.sequence), not the last: \(end)")
        }
        print("seconds=\(seconds)")
    }

    private func consumer(_ subject: String) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(durable: "")
        configuration.deliverSubject = subject
        configuration.acknowledgementPolicy = acknowledges ? .explicit : .none
        configuration.maxAckPending = acknowledges ? 8_192 : 0
        configuration.ackWaitMilliseconds = acknowledges ? 10_000 : 0
        return configuration
    }

    private func receive(
        _ message: borrowing ReceivedMessage,
        _ state: Monitor<State>,
        _ connection: NATSConnection
    ) {
        let isLast = state.withLock { state in
            state.received += 1
            let isLast = state.received >= count
            if isLast { state.sequence = message.delivery?.streamSequence ?? 0 }
            guard acknowledges else { return isLast }
            state.replies.append(message)
            guard isLast || state.replies.count >= Self.acknowledgedAtOnce else { return false }
            do throws(JetStreamError) {
                try connection.answer(state.replies, with: .acknowledge)
            } catch {
                state.failure = error
            }
            state.replies.removeAll()
            return isLast || state.failure != nil
        }
        if isLast { state.wakeAll() }
    }
}
