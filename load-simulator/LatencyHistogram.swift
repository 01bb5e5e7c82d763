/// Counts of durations in buckets at most an eighth wide, from a microsecond to more than an hour, in a
/// fixed 2 KiB.
package struct LatencyHistogram: Sendable {
    private static let stepsPerDoubling = 8
    private static let doublings = 33

    private var buckets = [UInt64](repeating: 0, count: stepsPerDoubling * doublings)
    package private(set) var count: UInt64 = 0

    package init() {}

    package mutating func record(nanoseconds: UInt64) {
        buckets[Self.bucket(nanoseconds / 1_000)] += 1
        count += 1
    }

    package mutating func add(_ other: LatencyHistogram) {
        for index in buckets.indices { buckets[index] += other.buckets[index] }
        count += other.count
    }

    /// The upper edge in microseconds of the bucket that this share of all durations does not exceed.
    package func microseconds(atShare share: Double) -> UInt64 {
        let rank = max(1, UInt64((Double(count) * share).rounded(.up)))
        var passed: UInt64 = 0
        for (index, bucket) in buckets.enumerated() {
            passed += bucket
            if passed >= rank { return Self.upperEdge(index) }
        }
        return 0
    }

    private static func bucket(_ microseconds: UInt64) -> Int {
        let steps = UInt64(stepsPerDoubling)
        guard microseconds >= steps else { return Int(microseconds) }
        let doubling = 63 - microseconds.leadingZeroBitCount - 3
        let step = Int(microseconds >> UInt64(doubling)) - stepsPerDoubling
        return min((doubling + 1) * stepsPerDoubling + step, stepsPerDoubling * doublings - 1)
    }

    private static func upperEdge(_ bucket: Int) -> UInt64 {
        guard bucket >= stepsPerDoubling else { return UInt64(bucket) + 1 }
        let doubling = bucket / stepsPerDoubling - 1
        let step = bucket % stepsPerDoubling + stepsPerDoubling + 1
        return UInt64(step) << UInt64(doubling)
    }
}
