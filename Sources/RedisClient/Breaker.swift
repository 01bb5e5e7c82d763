/// Decides whether a server that failed may be asked again. Pure: the clock is passed in.
///
///     closed ──failed──> open ──time is up, admit──> half open ──succeeded──> closed
///                          ^──────────────failed─────────┘
///
/// One failure opens it: a failure here is a time limit run out, and a hung server must cost one
/// such wait and not one for every batch.
package struct Breaker: Sendable, Equatable {
    /// Where it stands.
    package enum State: Sendable, Equatable {
        /// All calls go through. Next: open.
        case closed
        /// No call goes through before the instant. Next: half open.
        case open(until: ContinuousClock.Instant)
        /// One call is out as a probe, others wait. Next: closed or open; when the probe has not
        /// reported by the instant, another one is let through.
        case halfOpen(until: ContinuousClock.Instant)
    }

    /// Changed by `admit`, `succeeded` and `failed` alone.
    package private(set) var state = State.closed

    /// How long it stays open before a probe.
    package let openTime: Duration

    /// A closed breaker.
    package init(openMilliseconds: Int = 1000) {
        openTime = .milliseconds(openMilliseconds)
    }

    /// Whether a call may go out now. Each `true` should be followed by `succeeded` or `failed`.
    package mutating func admit(at now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .closed:
            return true
        case .open(let until), .halfOpen(let until):
            guard now >= until else { return false }
            state = .halfOpen(until: now + openTime)
            return true
        }
    }

    /// The server answered.
    package mutating func succeeded() {
        state = .closed
    }

    /// The server did not answer, or cannot serve.
    package mutating func failed(at now: ContinuousClock.Instant) {
        state = .open(until: now + openTime)
    }
}
