import Glibc

/// A value guarded by a lock, with waiting: what `Mutex` from Synchronization lacks and threads
/// that block on each other need.
@safe package final class Monitor<State>: @unchecked Sendable {  // `state` is guarded by `mutex`.
    /// What a waiting thread finds when it looks at the state.
    package enum Decision<Result> {
        case done(Result)
        case wait
        case waitUntil(ContinuousClock.Instant)
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var state: State

    package init(_ state: sending State) {
        self.state = state
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(changed, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(changed)
        unsafe pthread_mutex_destroy(mutex)
        unsafe changed.deallocate()
        unsafe mutex.deallocate()
    }

    /// Reads or changes the state without waking anyone.
    package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes every waiting thread.
    package func update<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        defer { unsafe pthread_cond_broadcast(changed) }
        return try body(&state)
    }

    /// Wakes every waiting thread; for callers that changed the state under `withLock` and know
    /// when somebody cares.
    package func wakeAll() {
        unsafe pthread_cond_broadcast(changed)
    }

    /// Wakes one waiting thread, where any of them will do.
    package func wakeOne() {
        unsafe pthread_cond_signal(changed)
    }

    /// Blocks the calling thread until `look` returns a value or the time is over; nil then.
    ///
    /// - Parameter timeout: nil waits for ever.
    package func wait<Result>(
        atMost timeout: Duration?,
        _ look: (inout State) -> Result?
    ) -> Result? {
        let deadline = timeout.map { ContinuousClock.now + max($0, .zero) }
        return wait { state -> Decision<Result?> in
            if let result = look(&state) { return .done(result) }
            guard let deadline else { return .wait }
            return deadline <= .now ? .done(nil) : .waitUntil(deadline)
        }
    }

    /// Blocks the calling thread until `look` is done. `look` runs at once, after each `update`
    /// and at the time it last asked for.
    package func wait<Result>(_ look: (inout State) -> Decision<Result>) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while true {
            switch look(&state) {
            case .done(let result): return result
            case .wait: unsafe pthread_cond_wait(changed, mutex)
            case .waitUntil(let instant): waitOnce(until: instant)
            }
        }
    }

    private func waitOnce(until instant: ContinuousClock.Instant) {
        let remaining = ContinuousClock.now.duration(to: instant)
        guard remaining > .zero else { return }
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = remaining.components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000)
        time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        unsafe pthread_cond_timedwait(changed, mutex, &time)
    }
}
