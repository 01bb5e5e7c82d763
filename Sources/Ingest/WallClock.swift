import Glibc

/// Nanoseconds since 1970 by this machine's clock. For durations against times of other machines
/// in figures only; nothing is decided by it.
func wallClockNanoseconds() -> Int64 {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
}
