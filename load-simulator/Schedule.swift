import Glibc
import Synchronization

/// Deals out message numbers when they are due, to any number of threads.
///
/// The schedule is fixed at the start and does not wait for slow answers: what could not go out in time
/// goes out as soon as it can.
final class Schedule: Sendable {
    /// What a thread is to do next.
    enum Turn {
        case send(Range<UInt64>)
        /// Nothing is due for this long.
        case wait(nanoseconds: UInt64)
        case finished
    }

    private let pace: Pace
    private let count: UInt64
    private let started = MonotonicClock.nanoseconds()
    private let next = Atomic<UInt64>(0)

    /// - Parameter count: numbers to deal out, 0 for no end.
    init(_ pace: Pace, count: UInt64) {
        self.pace = pace
        self.count = count == 0 ? .max : count
    }

    /// Numbers dealt out so far.
    var dealtCount: UInt64 { min(next.load(ordering: .relaxed), count) }

    /// Up to `most` numbers that are due now and that no other thread has got.
    func turn(most: UInt64) -> Turn {
        let elapsed = MonotonicClock.nanoseconds() - started
        let due = min(pace.dueCount(nanoseconds: elapsed), count)
        var first = next.load(ordering: .relaxed)
        while true {
            if first >= count { return .finished }
            guard first < due else {
                let at = pace.dueNanoseconds(first)
                return .wait(nanoseconds: at > elapsed ? at - elapsed : 1_000)
            }
            let end = min(due, first + most)
            let (isMine, current) = next.weakCompareExchange(
                expected: first,
                desired: end,
                ordering: .relaxed
            )
            if isMine { return .send(first..<end) }
            first = current
        }
    }
}

extension Pace {
    /// How many messages are due this long after the start; the first one at once.
    package func dueCount(nanoseconds: UInt64) -> UInt64 {
        guard let rate else { return .max }
        let seconds = Double(nanoseconds) / 1e9
        let due =
            seconds < rampSeconds
            ? rate * seconds * seconds / (2 * rampSeconds)
            : rate * (seconds - rampSeconds / 2)
        return UInt64(due) + 1
    }

    /// How long after the start the message of this number is due.
    package func dueNanoseconds(_ index: UInt64) -> UInt64 {
        guard let rate else { return 0 }
        let inRamp = rate * rampSeconds / 2
        let seconds =
            Double(index) < inRamp
            ? (2 * rampSeconds * Double(index) / rate).squareRoot()
            : rampSeconds / 2 + Double(index) / rate
        return UInt64(seconds * 1e9)
    }
}
