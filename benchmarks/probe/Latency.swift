import JetStream
import ServiceKit
import Threading

/// How long a bet takes from the moment it is due to be published to the backend's acknowledgement,
/// which it gives after COMMIT.
///
/// The schedule is fixed beforehand and waits for nothing, so that a stall counts against every bet
/// that was due meanwhile. Both ends are seen by this process on one clock: it publishes, and it listens
/// to the subject on which the consumer is answered. What that costs the machine is in the figures.
struct Latency {
    /// Bets a second.
    let rate: Int
    /// Measured, after the warm-up.
    let seconds: Int
    /// Published and answered as the rest, and not counted.
    let warmUpSeconds: Int
    let games: Int

    private static let windowMax = 65_535
    private static let timeoutMilliseconds = 30_000
    /// The least the publishing thread sleeps; what falls due meanwhile counts as late.
    private static let tick = Duration.microseconds(250)

    private var count: Int { rate * (seconds + warmUpSeconds) }

    func run(_ environment: Environment) throws {
        let connection = try Connecting.connect(environment)
        defer { connection.close() }
        guard let stream = try JetStreamManager(connection).streamInfo("bets_stream") else {
            throw ProbeError.refused("no stream bets_stream")
        }
        let log = Monitor(LatencyLog(count: count, lastSequence: stream.lastSequence))
        let subscription = try QueueSubscription(
            on: connection,
            subject: "$JS.ACK.bets_stream.bets_consumer.>",
            group: nil,
            pendingMessagesMax: count + 1,
            pendingBytesMax: Int(Int32.max)
        ) { message in
            let now = ContinuousClock.now
            guard let sequence = AcknowledgedSequence.read(message) else { return }
            log.withLock { $0.answered(sequence, at: now) }
        }
        let publisher = try Publisher(
            on: connection,
            windowMax: Self.windowMax,
            acknowledgementTimeoutMilliseconds: Self.timeoutMilliseconds
        ) { outcome in
            let now = ContinuousClock.now
            guard case .acknowledged(let index, _, let sequence, false, _) = outcome else { return }
            log.withLock { $0.stored(Int(index), as: sequence, at: now) }
        }
        try connection.flush(timeoutMilliseconds: 5_000)
        let began = try publish(publisher)
        waitForAll(log)
        publisher.close()
        subscription.leave(drainTimeoutMilliseconds: 0)
        try report(log, since: began)
    }

    /// Publishes each bet as soon as it is due; returns when the first one was.
    private func publish(_ publisher: Publisher) throws -> ContinuousClock.Instant {
        var maker = BetMaker(games: games)
        let began = ContinuousClock.now
        var next = 0
        while next < count {
            let due = Int(began.duration(to: .now) / .seconds(1) * Double(rate)) + 1
            while next < min(due, count) {
                let (id, body) = maker.next()
                try publisher.publish("bets", messageID: id, token: UInt64(next), body: body)
                next += 1
            }
            let pause = ContinuousClock.now.duration(to: began + dueAfter(next))
            BlockingThread.pause(for: max(pause, Self.tick))
        }
        return began
    }

    private func dueAfter(_ index: Int) -> Duration {
        .nanoseconds(Int64(index) * 1_000_000_000 / Int64(rate))
    }

    /// Waits until everything is answered, at most the time limit.
    private func waitForAll(_ log: Monitor<LatencyLog>) {
        let end = ContinuousClock.now + .milliseconds(Self.timeoutMilliseconds)
        while log.withLock({ $0.openCount }) > 0, ContinuousClock.now < end {
            BlockingThread.pause(for: .milliseconds(10))
        }
    }

    private func report(_ log: Monitor<LatencyLog>, since began: ContinuousClock.Instant) throws {
        let open = log.withLock { $0.openCount }
        guard open == 0 else { throw ProbeError.unanswered(open) }
        let counted = rate * warmUpSeconds..<count
        let (stored, answered) = log.withLock { log in
            (
                counted.compactMap { log.storedAfter(began + dueAfter($0), $0) },
                counted.compactMap { log.answeredAfter(began + dueAfter($0), $0) }
            )
        }
        guard answered.count == counted.count, stored.count == counted.count else {
            throw ProbeError.unanswered(counted.count - answered.count)
        }
        Percentiles(stored).print(as: "stored")
        Percentiles(answered).print(as: "ack")
    }
}
