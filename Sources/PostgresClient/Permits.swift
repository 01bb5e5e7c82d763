import Threading

/// A counting semaphore for threads that may block, with a time limit on the monotonic clock.
final class Permits: Sendable {
    private let available: Monitor<Int>

    init(_ count: Int) {
        available = Monitor(count)
    }

    /// Blocks the thread until there is a permit. False after `timeout`.
    func acquire(timeout: Duration) -> Bool {
        available.wait(atMost: timeout) { count -> Void? in
            guard count > 0 else { return nil }
            count -= 1
            return ()
        } != nil
    }

    func release() {
        available.withLock { $0 += 1 }
        available.wakeOne()
    }
}
