/// Values over the last while, no closer than `spacing`, to take differences from. The clock is
/// passed in and never runs backwards.
package struct SampleWindow<Value: Sendable>: Sendable {
    package let length: Duration
    package let spacing: Duration

    private var samples: [(at: ContinuousClock.Instant, value: Value)] = []

    /// Keeps at most `length / spacing + 2` samples.
    package init(length: Duration, spacing: Duration) {
        self.length = length
        self.spacing = spacing
    }

    /// Notes the value of now, unless the last one was noted less than `spacing` ago.
    package mutating func record(_ value: Value, at now: ContinuousClock.Instant) {
        if let last = samples.last, last.at.duration(to: now) < spacing { return }
        // The newest sample that is old enough stays: it is the baseline of the whole window.
        let begin = now - length
        let baseline = samples.lastIndex { $0.at <= begin } ?? 0
        samples.removeFirst(baseline)
        samples.append((now, value))
    }

    /// The newest sample that is at least `age` old, else the oldest there is.
    package func baseline(
        _ age: Duration,
        before now: ContinuousClock.Instant
    ) -> (at: ContinuousClock.Instant, value: Value)? {
        let begin = now - age
        return samples.last { $0.at <= begin } ?? samples.first
    }

    package mutating func removeAll() { samples = [] }
}

extension SampleWindow {
    /// What `figure` grew by a second: from the baseline `age` ago to `current` now. 0 without a
    /// baseline and for a figure that fell. A window that is not full yet counts as if it were, so
    /// that a start shows no peak.
    package func perSecond(
        _ age: Duration,
        at now: ContinuousClock.Instant,
        current: Value,
        _ figure: (Value) -> Double
    ) -> Double {
        guard let baseline = baseline(age, before: now) else { return 0 }
        let seconds = max(baseline.at.duration(to: now), age) / .seconds(1)
        return max(figure(current) - figure(baseline.value), 0) / seconds
    }
}
