import Betting
import Glibc

/// The clocks of the machine.
enum MonotonicClock {
    /// Since some fixed moment; never goes back.
    static func nanoseconds() -> UInt64 {
        read(CLOCK_MONOTONIC)
    }

    /// The time of day.
    static func now() -> Timestamp {
        Timestamp(microseconds: Int64(read(CLOCK_REALTIME) / 1_000))
    }

    /// Blocks the calling thread.
    static func sleep(nanoseconds: UInt64) {
        var time = timespec(
            tv_sec: Int(nanoseconds / 1_000_000_000),
            tv_nsec: Int(nanoseconds % 1_000_000_000)
        )
        unsafe nanosleep(&time, nil)
    }

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
