import Synchronization

/// Something that becomes true once and is seen by every thread.
package final class Flag: Sendable {
    private let value = Atomic(false)

    package init() {}

    package func set() { value.store(true, ordering: .releasing) }

    package func load() -> Bool { value.load(ordering: .acquiring) }
}
