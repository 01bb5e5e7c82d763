import Glibc
import Synchronization

/// Standard error as something that may be full: a pipe whose reader hangs would hold every thread
/// that logs, the watchdog's before all.
///
/// A pipe that can be written has room for 4,096 bytes (Linux, pipe(7)), more than a line has, as
/// long as nobody else fills it in the same moment.
package enum StandardError {
    /// How long one line waits for room; those that follow do not wait until there is some.
    private static let patienceMilliseconds: Int32 = 100

    private static let lost = Atomic(0)
    private static let isFull = Atomic(false)

    /// What a program that has no log yet has to say. It is lost when there is no room for 100 ms.
    package static func complain(_ text: String) { _ = write(text + "\n") }

    /// Lines that found no room and were not told yet; who takes the number tells it.
    static func takeLost() -> Int {
        lost.load(ordering: .relaxed) == 0 ? 0 : lost.exchange(0, ordering: .relaxed)
    }

    static func countLost(_ count: Int = 1) { lost.wrappingAdd(count, ordering: .relaxed) }

    /// Writes a line. Returns false when there was no room.
    static func write(_ line: String) -> Bool {
        let patience = isFull.load(ordering: .relaxed) ? 0 : patienceMilliseconds
        var descriptor = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        guard unsafe poll(&descriptor, 1, patience) != 0 else {
            isFull.store(true, ordering: .relaxed)
            return false
        }
        isFull.store(false, ordering: .relaxed)
        var line = line
        line.withUTF8 { bytes in
            _ = unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
        return true
    }
}
