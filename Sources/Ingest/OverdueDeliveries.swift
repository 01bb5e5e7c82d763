import JetStream

/// Notices bets that were delivered long ago and have no outcome: whoever has them is frozen, and
/// the server, which does not know, may deliver them to it again and again. Pure: told what the
/// consumer says, it tells where to look. See docs/adr/0011-frozen-sessions.md.
struct OverdueDeliveries {
    /// What a look asks for at most; the rest has its turn at the next.
    static let sequencesMax = 512
    /// The same after libnats dropped deliveries.
    static let droppedMax = 8_192
    /// Deliveries that libnats dropped are in nobody's hands: there is nothing to wait for.
    static let droppedLimit = Duration.seconds(1)
    /// Sequences that one look reads at most.
    static let rangeMax: Int64 = 65_536
    /// Beyond the ack wait: the server's own redelivery has had its chance.
    static let margin = Duration.seconds(2)

    private struct Note {
        let at: ContinuousClock.Instant
        let delivered: Int64
    }

    /// Oldest first; the first is the newest of those that are old enough.
    private var notes: [Note] = []
    /// All sequences up to here are known to have their outcome.
    private var completeThrough: Int64 = 0

    /// How long a delivery may take.
    static func limit(_ consumer: ConsumerInfo) -> Duration {
        .milliseconds(consumer.configuration.ackWaitMilliseconds) + margin
    }

    /// Takes in what the consumer says now.
    ///
    /// - Parameter limit: how old a delivery has to be.
    /// - Returns: where sequences may be overdue; nil when none can be.
    mutating func range(
        _ consumer: ConsumerInfo,
        at now: ContinuousClock.Instant,
        limit: Duration
    ) -> ClosedRange<Int64>? {
        let delivered = Int64(clamping: consumer.delivered.streamSequence)
        // After a kill the server may know less than before.
        if let last = notes.last, last.delivered > delivered { notes = [] }
        notes.append(Note(at: now, delivered: delivered))
        let dueAt = now - limit
        if let index = notes.lastIndex(where: { $0.at <= dueAt }) { notes.removeFirst(index) }
        guard let first = notes.first, first.at <= dueAt, consumer.ackPending > 0 else {
            return nil
        }
        let floor = max(Int64(clamping: consumer.ackFloor.streamSequence), completeThrough)
        guard first.delivered > floor else { return nil }
        return (floor + 1)...min(first.delivered, floor + Self.rangeMax)
    }

    /// What a look at `range` found.
    mutating func found(_ missing: [Int64], in range: ClosedRange<Int64>) {
        completeThrough = (missing.first ?? range.upperBound + 1) - 1
    }
}

/// When libnats last dropped deliveries because more came than it may hold. Pure.
struct DroppedDeliveries {
    private var count = 0
    private var grownAt: ContinuousClock.Instant?

    /// - Parameter count: dropped so far; it starts anew with each subscription.
    mutating func look(_ count: Int, at now: ContinuousClock.Instant = .now) {
        if count > self.count { grownAt = now }
        self.count = count
    }

    func isRecent(within age: Duration, at now: ContinuousClock.Instant = .now) -> Bool {
        grownAt.map { $0.duration(to: now) <= age } ?? false
    }
}
