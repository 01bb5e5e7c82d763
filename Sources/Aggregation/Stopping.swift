import Threading

/// Tells the reading threads when to end, and lets them wait meanwhile.
final class Stopping: Sendable {
    private let state = Monitor(false)

    /// Ends every wait, now and later.
    func ask() { state.update { $0 = true } }

    var isAsked: Bool { state.withLock { $0 } }

    /// Blocks for that long.
    ///
    /// - Returns: whether it is time to end.
    func wait(_ time: Duration) -> Bool {
        state.wait(atMost: time) { $0 ? true : nil } ?? false
    }
}
