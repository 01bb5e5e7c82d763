/// How fast a stream fills, from its size over the last minutes.
package struct StreamGrowth: Sendable, Equatable {
    /// The pace is taken over this time.
    package static let windowSeconds = 300
    /// Sizes closer to each other than this are not kept apart.
    private static let spacing = Duration.seconds(5)

    private struct Sample: Equatable {
        var at: ContinuousClock.Instant
        var bytes: Int64
    }

    private var samples: [Sample] = []
    private var latest: Sample?
    private var limitBytes: Int64 = -1

    package init() {}

    /// Adds the size at `now`; a size below the one before begins anew, since the pace before
    /// somebody freed space says nothing.
    ///
    /// - Parameter limitBytes: below 1 for a stream without a limit.
    package mutating func add(bytes: Int64, limitBytes: Int64, at now: ContinuousClock.Instant) {
        self.limitBytes = limitBytes
        let sample = Sample(at: now, bytes: bytes)
        if let latest, latest.bytes > bytes { samples = [] }
        latest = sample
        if samples.last.map({ $0.at.duration(to: now) >= Self.spacing }) ?? true {
            samples.append(sample)
        }
        samples.removeAll { $0.at.duration(to: now) > .seconds(Self.windowSeconds) }
    }

    /// Until the stream is full at the pace of the window; infinite while it does not grow or has
    /// no limit, nil before two sizes are known.
    package var secondsUntilFull: Double? {
        guard let latest, let first = samples.first, first.at < latest.at else { return nil }
        let grown = latest.bytes - first.bytes
        guard limitBytes > 0, grown > 0 else { return .infinity }
        let seconds = first.at.duration(to: latest.at) / .seconds(1)
        return Double(max(limitBytes - latest.bytes, 0)) * seconds / Double(grown)
    }
}
