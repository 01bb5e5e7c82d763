/// Counts of durations in buckets whose upper bounds grow by about a quarter of a power of two:
/// one millisecond is told from 1.2, one second from 1.2. Merging is adding.
package struct LatencyHistogram: Sendable, Equatable {
    /// Upper bounds in microseconds, the last bucket has none.
    package static let boundsMicroseconds: [Int64] = {
        var bounds: [Int64] = []
        var bound: Int64 = 64
        while bound <= 67_108_864 {
            for quarter in 4...7 { bounds.append(bound * Int64(quarter) / 4) }
            bound *= 2
        }
        return bounds
    }()

    /// One bucket per bound and one for what is longer.
    package static let bucketCount = boundsMicroseconds.count + 1

    /// Without any duration; copies share its memory.
    package static let empty = LatencyHistogram()

    /// One count per bucket.
    package private(set) var counts: [UInt64]

    package init() {
        counts = Array(repeating: 0, count: Self.bucketCount)
    }

    /// - Parameter counts: `bucketCount` of them; otherwise nil.
    package init?(counts: [UInt64]) {
        guard counts.count == Self.bucketCount else { return nil }
        self.counts = counts
    }

    /// Adds one duration; negative ones, from clocks that disagree, count as 0.
    package mutating func record(microseconds: Int64) {
        counts[Self.bucket(of: microseconds)] += 1
    }

    package mutating func merge(_ other: LatencyHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
    }

    /// Each bucket becomes the larger of the two: what both know of one growing histogram. Takes
    /// no memory when the other says nothing new.
    package mutating func formMaximum(_ other: LatencyHistogram) {
        for index in counts.indices where other.counts[index] > counts[index] {
            counts[index] = other.counts[index]
        }
    }

    /// What came in since `earlier`; a bucket that shrank counts as unchanged.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var result = self
        for index in counts.indices {
            result.counts[index] -= min(earlier.counts[index], counts[index])
        }
        return result
    }

    package var total: UInt64 { counts.reduce(0, &+) }

    /// The same counts in buckets whose bounds double, for those who pay for each bucket: bounds in
    /// microseconds, and one count more than bounds.
    package var octaves: (boundsMicroseconds: [Int64], counts: [UInt64]) {
        let whole = stride(from: 0, to: Self.boundsMicroseconds.count, by: 4)
        var folded = whole.map { index in
            counts[max(index - 3, 0)...index].reduce(0, &+)
        }
        let last = Self.boundsMicroseconds.count - 4
        folded.append(counts[(last + 1)...].reduce(0, &+))
        return (whole.map { Self.boundsMicroseconds[$0] }, folded)
    }

    /// The upper bound, in microseconds, of the bucket that holds the given share of all; nil when
    /// nothing was recorded. What is beyond the last bound answers with the last bound.
    package func quantile(_ share: Double) -> Int64? {
        let all = total
        guard all > 0 else { return nil }
        let rank = UInt64((Double(all) * min(max(share, 0), 1)).rounded(.up))
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen &+= count
            if seen >= max(rank, 1) {
                return Self.boundsMicroseconds[min(index, Self.boundsMicroseconds.count - 1)]
            }
        }
        return Self.boundsMicroseconds.last
    }

    /// The first bucket whose bound is not below the duration, without a search.
    private static func bucket(of microseconds: Int64) -> Int {
        guard microseconds > 64 else { return 0 }
        let value = microseconds - 1
        let octave = 63 - value.leadingZeroBitCount
        let quarter = Int(value >> (octave - 2)) & 3
        return min((octave - 6) * 4 + quarter + 1, boundsMicroseconds.count)
    }
}
