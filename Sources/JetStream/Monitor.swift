import Glibc

/// A value behind a lock that threads can wait on; waits are measured on the monotonic clock.
///
/// `@unchecked Sendable`: `state` is touched only while `mutex` is held.
@safe final class Monitor<State: Sendable>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var state: State

    init(_ state: State) {
        self.state = state
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    func withLock<R>(_ body: (inout State) -> R) -> R {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return body(&state)
    }

    /// Wakes every waiter to look at the state again.
    func wakeAll() {
        unsafe pthread_cond_broadcast(condition)
    }

    /// Wakes one waiter.
    func wakeOne() {
        unsafe pthread_cond_signal(condition)
    }

    /// Waits until `body` returns a value or the time is over; the lock is held inside `body`.
    func wait<R>(milliseconds: Int?, _ body: (inout State) -> R?) -> R? {
        let deadline = milliseconds.map { Clock.nanoseconds() + UInt64(max($0, 0)) * 1_000_000 }
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            guard let deadline else {
                unsafe pthread_cond_wait(condition, mutex)
                continue
            }
            var limit = timespec(
                tv_sec: Int(deadline / 1_000_000_000),
                tv_nsec: Int(deadline % 1_000_000_000)
            )
            if unsafe pthread_cond_timedwait(condition, mutex, &limit) == ETIMEDOUT {
                return body(&state)
            }
        }
    }
}

/// The machine's monotonic clock.
enum Clock {
    /// Nanoseconds since some fixed moment.
    static func nanoseconds() -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000_000 + UInt64(now.tv_nsec)
    }
}
