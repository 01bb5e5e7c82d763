import Glibc

/// A counting semaphore for threads that may block, with a time limit on the monotonic clock
/// (`sem_timedwait` would follow changes of the wall clock).
///
/// `count` is guarded by the mutex beside it, and all of it lives as long as this object: that is
/// the guard of `@unchecked Sendable`.
@safe
final class Permits: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let released: UnsafeMutablePointer<pthread_cond_t>
    private var count: Int

    init(_ count: Int) {
        self.count = count
        unsafe mutex = .allocate(capacity: 1)
        unsafe released = .allocate(capacity: 1)
        unsafe mutex.initialize(to: pthread_mutex_t())
        unsafe released.initialize(to: pthread_cond_t())
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        let made = unsafe pthread_mutex_init(mutex, nil) | pthread_cond_init(released, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
        precondition(made == 0, "a mutex and a condition with valid attributes")
    }

    deinit {
        unsafe pthread_cond_destroy(released)
        unsafe pthread_mutex_destroy(mutex)
        unsafe released.deallocate()
        unsafe mutex.deallocate()
    }

    /// Blocks the thread until there is a permit. False after `timeout`.
    func acquire(timeout: Duration) -> Bool {
        var deadline = Self.deadline(after: timeout)
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while count == 0 {
            if unsafe pthread_cond_timedwait(released, mutex, &deadline) != 0 && count == 0 {
                return false
            }
        }
        count -= 1
        return true
    }

    func release() {
        unsafe pthread_mutex_lock(mutex)
        count += 1
        unsafe pthread_cond_signal(released)
        unsafe pthread_mutex_unlock(mutex)
    }

    private static func deadline(after timeout: Duration) -> timespec {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        // A year stands for ever, far from any overflow.
        let bounded = min(max(timeout, .zero), .seconds(31_536_000))
        let (seconds, attoseconds) = bounded.components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }
}
