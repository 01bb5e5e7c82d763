import Glibc

/// Lets something last that is tested by its length: a server that is away for half a minute, a
/// load that goes on for as long as it is measured. Nobody waits for an outcome this way; that is
/// `eventually`.
package func lasting(_ duration: Duration) async throws {
    try await ContinuousClock().sleep(for: duration)
}

/// Lets something last until a moment.
package func lasting(until end: ContinuousClock.Instant) async throws {
    try await ContinuousClock().sleep(until: end)
}

/// What a slow handler or server is to its caller, and the pace of a thread that does something
/// over and over: blocks the thread.
package func takesTime(_ duration: Duration) {
    usleep(UInt32(duration / .microseconds(1)))
}
