import Synchronization

/// Something a process needs to be ready. Any thread may say how it stands.
package final class HealthCondition: Sendable {
    private let current: Mutex<String?>

    init(reason: String) {
        current = Mutex(reason)
    }

    /// Why it is not met; nil when it is.
    package var problem: String? { current.withLock { $0 } }

    /// It is met.
    package func meet() { current.withLock { $0 = nil } }

    /// It is not met.
    ///
    /// - Parameter reason: a few words, nothing secret: whoever reaches the port reads them.
    package func fail(_ reason: String) { current.withLock { $0 = reason } }
}
