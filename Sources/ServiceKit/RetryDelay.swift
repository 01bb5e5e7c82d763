/// Growing delays with jitter between attempts at something that is away.
package struct RetryDelay: Sendable {
    private let first: Duration
    private let longest: Duration
    private var attempts = 0

    /// - Parameters:
    ///   - first: the first delay before jitter; doubled each time.
    ///   - longest: no delay is longer.
    package init(first: Duration = .milliseconds(100), longest: Duration = .seconds(2)) {
        self.first = first
        self.longest = longest
    }

    /// The next delay: half to all of the doubled delay, so that pods do not come back in step.
    package mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let full = min(first * (1 << min(attempts, 20)), longest)
        attempts += 1
        return full * Double.random(in: 0.5...1, using: &generator)
    }

    package mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    /// Starts over after a success.
    package mutating func reset() {
        attempts = 0
    }
}
