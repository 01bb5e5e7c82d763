/// How often something that may become dear is done: where it takes long, it takes at most a
/// twentieth of the time.
struct Pace {
    private static let restFactor = 20

    let every: Duration
    private var nextAt: ContinuousClock.Instant?

    init(every: Duration) { self.every = every }

    /// Does it when it is time for it; nil when it is not. What fails is due again after `every`.
    mutating func ifDue<R, E: Error>(
        at now: ContinuousClock.Instant,
        _ work: () throws(E) -> R
    ) throws(E) -> R? {
        if let nextAt, now < nextAt { return nil }
        nextAt = now + every
        let result = try work()
        nextAt = now + max(every, now.duration(to: .now) * Self.restFactor)
        return result
    }
}
