import Glibc

/// Now, by both clocks: the steady one for durations, the wall's for what is shown.
package struct Moment: Sendable {
    package let steady: ContinuousClock.Instant
    /// Since 1970.
    package let wallMicroseconds: Int64

    package init(steady: ContinuousClock.Instant, wallMicroseconds: Int64) {
        self.steady = steady
        self.wallMicroseconds = wallMicroseconds
    }

    package static var now: Moment {
        var wall = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        return Moment(
            steady: .now,
            wallMicroseconds: Int64(wall.tv_sec) * 1_000_000 + Int64(wall.tv_nsec) / 1_000
        )
    }
}
