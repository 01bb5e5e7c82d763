import JetStream

/// Judges the reconciliation from samples of the three servers, which come at different times.
///
/// Pure; the clock is passed in. What is in flight is no violation. Five things are:
/// 1. more outcomes than published messages;
/// 2. a sequence without an outcome `ackWaits` ack waits after it was delivered, Postgres and NATS
///    having answered and somebody having listened all the while;
/// 3. odds counters that differ from Postgres after `quietTime` without anything on its way, Redis
///    having answered all the while;
/// 4. a message that is lost for good: gone from the stream before it had an outcome;
/// 5. a stream that ends before a message that has its outcome, or of which a backend noticed that
///    it gave a sequence away twice. That stays one until the stream is made anew.
package struct Reconciler: Sendable {
    package static let ackWaits = 3
    package static let quietTime = Duration.seconds(10)
    /// Positions of the consumer that are kept; one a second for longer than any ack wait.
    private static let deliveriesMax = 2_000

    private var stream: StreamSample?
    private var database: DatabaseSample?
    private var odds: OddsSample?

    /// How far the consumer had delivered at which time.
    private var delivered: [(at: ContinuousClock.Instant, sequence: Int64)] = []
    /// Since when nothing has been on its way, and what had been published by then.
    private var quiet: (since: ContinuousClock.Instant, published: Int64)?
    private var lostEnd: (epoch: Int64, sign: String)?
    private var surplus: String?
    private var overdue: String?
    private var difference: String?

    package init() {}

    /// NATS answered, or (nil) did not.
    package mutating func note(stream new: StreamSample?) {
        if new?.epoch != stream?.epoch || new == nil { forgetPast() }
        stream = new
        guard let new else { return }
        noteDelivered(new)
        judgeSurplus()
        noteQuiet(at: new.begunAt)
    }

    /// Postgres answered, or (nil) did not.
    package mutating func note(database new: DatabaseSample?) {
        if new == nil { forgetPast() }
        database = new
        guard let new else { return }
        if let sign = new.lostEnd { lostEnd = (new.epoch, sign) }
        judgeOverdue(new)
        noteQuiet(at: new.begunAt)
    }

    /// Redis answered, or (nil) did not.
    package mutating func note(odds new: OddsSample?) {
        // After an outage the counters have the time to catch up.
        if new == nil || odds == nil { quiet = nil }
        odds = new
        difference = nil
        guard let new else { return }
        noteQuiet(at: new.begunAt)
        guard let quiet, quiet.since + Self.quietTime <= new.begunAt,
            let database, let total = new.total, total != database.betRows
        else { return }
        difference =
            "the odds counters have \(total) bets, Postgres has \(database.betRows), "
            + "and nothing has been on its way for \(Self.quietTime.components.seconds) s"
    }

    /// How it stands.
    package var verdict: Reconciliation {
        var result = Reconciliation()
        result.published = stream?.published
        if let database {
            result.stored = database.stored
            result.duplicates = database.duplicates
            result.rejected = database.rejected
            result.outcomes = database.outcomes
            result.lost = database.lost
            result.oldestUnresolvedSequence = database.oldestUnresolved
        }
        if let published = stream?.published, let database, areOfOneEpoch {
            result.inFlight = max(published - database.settled, 0)
        }
        result.violations = [brokenEnd, surplus, overdue, difference, loss].compactMap(\.self)
        result.state = state(result)
        return result
    }

    private func state(_ result: Reconciliation) -> Reconciliation.State {
        guard result.violations.isEmpty else { return .violated }
        guard let stream, let database, let odds, areOfOneEpoch else { return .unknown }
        let isComplete =
            result.inFlight == 0 && (stream.pendingBets ?? 0) == 0
            && (odds.total ?? 0) == database.betRows
        return isComplete ? .ok : .catchingUp
    }

    /// False while there is no stream, too.
    private var areOfOneEpoch: Bool {
        guard let epoch = stream?.epoch, let database else { return false }
        return epoch == database.epoch
    }

    private mutating func forgetPast() {
        delivered = []
        quiet = nil
        surplus = nil
        overdue = nil
        difference = nil
    }

    // MARK: More outcomes than messages

    /// Only a count of messages that was asked for after the outcomes were counted can be too low.
    private mutating func judgeSurplus() {
        guard let stream, let database, areOfOneEpoch, stream.begunAt >= database.endedAt,
            let published = stream.published
        else { return }
        if database.horizon > published, lostEnd?.epoch != database.epoch {
            let sign = "it ends at sequence \(published), Postgres has the outcome of "
            lostEnd = (database.epoch, sign + "\(database.horizon)")
        }
        surplus = nil
        guard database.outcomes > published else { return }
        surplus = "\(database.outcomes) outcomes of \(published) published messages"
    }

    /// Of the stream there is now, or of the last one while NATS does not answer.
    private var brokenEnd: String? {
        guard let lostEnd, stream?.epoch ?? lostEnd.epoch == lostEnd.epoch else { return nil }
        return "the stream lost its end: \(lostEnd.sign). Backends take no bets of it: "
            + "docs/OPERATIONS.md, NATS lost its end"
    }

    // MARK: Messages that are lost

    private var loss: String? {
        guard let lost = database?.lost, lost > 0 else { return nil }
        return lost == 1
            ? "1 message had no outcome when the stream let go of it: lost for good"
            : "\(lost) messages had no outcome when the stream let go of them: lost for good"
    }

    // MARK: Sequences without an outcome

    private mutating func noteDelivered(_ sample: StreamSample) {
        guard let consumer = sample.consumer, consumer.isPushBound else {
            // Nobody listens: what is delivered to nobody is backlog.
            delivered = []
            overdue = nil
            return
        }
        delivered.append((sample.begunAt, Int64(clamping: consumer.delivered.streamSequence)))
        let limit = sample.begunAt - patience
        let newestOld = delivered.lastIndex { $0.at <= limit } ?? 0
        delivered.removeFirst(max(newestOld, delivered.count - Self.deliveriesMax))
    }

    private var patience: Duration {
        let milliseconds = stream?.consumer?.configuration.ackWaitMilliseconds ?? 0
        return .milliseconds(milliseconds) * Self.ackWaits
    }

    private mutating func judgeOverdue(_ sample: DatabaseSample) {
        overdue = nil
        guard let sequence = sample.oldestUnresolved, areOfOneEpoch else { return }
        let limit = sample.begunAt - patience
        let wasDelivered = delivered.last { $0.at <= limit }
        guard let wasDelivered, wasDelivered.sequence >= sequence else { return }
        overdue =
            "message \(sequence) was delivered more than \(patience.components.seconds) s ago "
            + "and has no outcome"
    }

    // MARK: Counters that differ

    private mutating func noteQuiet(at now: ContinuousClock.Instant) {
        guard let stream, let database, odds != nil, areOfOneEpoch,
            let published = stream.published, published <= database.settled,
            stream.pendingBets == 0
        else {
            quiet = nil
            return
        }
        if quiet?.published != published { quiet = (now, published) }
    }
}
