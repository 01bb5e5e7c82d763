import Synchronization

/// Counts of observations in buckets with fixed upper bounds. Any thread may observe; observing is
/// two relaxed atomic operations and allocates nothing.
///
/// A reader sees each bucket as it is when its turn comes: the sum may be a few observations ahead
/// of the buckets or behind them.
package final class Histogram: Sendable {
    /// Bounds for times from half a millisecond to a minute.
    package static let latencyBoundsSeconds: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    /// What one histogram may have: each bucket is a series of its own in Prometheus.
    static let boundsMax = 64

    /// One bucket; an array of atomics is no array.
    private final class Cell: Sendable {
        let count = Atomic(UInt64(0))
    }

    /// Upper bounds, rising; the last bucket has none.
    package let bounds: [Double]

    private let cells: [Cell]
    /// The bits of a `Double`.
    private let sumBits = Atomic(UInt64(0))

    init(bounds: [Double]) {
        precondition(
            !bounds.isEmpty && bounds.count <= Self.boundsMax && bounds.allSatisfy(\.isFinite)
                && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 },
            "bounds of a histogram are 1 to \(Self.boundsMax) finite numbers that rise"
        )
        self.bounds = bounds
        cells = (0...bounds.count).map { _ in Cell() }
    }

    /// Counts one observation: in the first bucket whose bound is not below it. What is not a
    /// number is not counted.
    package func observe(_ value: Double) {
        guard !value.isNaN else { return }
        var bucket = 0
        while bucket < bounds.count, bounds[bucket] < value { bucket += 1 }
        cells[bucket].count.wrappingAdd(1, ordering: .relaxed)
        var seen = sumBits.load(ordering: .relaxed)
        while true {
            let sum = Double(bitPattern: seen) + value
            let (exchanged, original) = sumBits.weakCompareExchange(
                expected: seen,
                desired: sum.bitPattern,
                ordering: .relaxed
            )
            if exchanged { return }
            seen = original
        }
    }

    /// Counts a time. A negative one, from clocks that disagree, counts as 0.
    package func observe(seconds: Double) { observe(max(seconds, 0)) }

    /// Counts a time, as `observe(seconds:)` does.
    package func observe(_ time: Duration) { observe(seconds: time / .seconds(1)) }

    /// The counts of the buckets, not yet added up, and the sum of all observations.
    package var snapshot: (counts: [UInt64], sum: Double) {
        (
            cells.map { $0.count.load(ordering: .relaxed) },
            Double(bitPattern: sumBits.load(ordering: .relaxed))
        )
    }
}
