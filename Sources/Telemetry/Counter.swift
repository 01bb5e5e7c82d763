import Synchronization

/// A figure that only grows. Any thread may add; adding is one relaxed atomic operation and
/// allocates nothing.
package final class Counter: Sendable {
    private let count = Atomic(0)

    init() {}

    /// The figure now.
    package var value: Int { count.load(ordering: .relaxed) }

    /// Adds. A negative amount adds nothing: a counter never falls.
    package func add(_ amount: Int = 1) {
        guard amount > 0 else { return }
        count.wrappingAdd(amount, ordering: .relaxed)
    }
}
