import Synchronization

/// A figure that goes up and down. Any thread may set; setting is one relaxed atomic operation and
/// allocates nothing.
package final class Gauge: Sendable {
    /// The bits of a `Double`.
    private let bits = Atomic(UInt64(0))

    init() {}

    /// The figure now.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Whole numbers beyond 2⁵³ are rounded.
    package func set(_ value: Int) { set(Double(value)) }

    /// 1 or 0.
    package func set(_ value: Bool) { set(value ? 1 : 0) }
}
