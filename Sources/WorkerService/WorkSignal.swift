import Threading

/// Tells threads that there may be work, and when to end.
final class WorkSignal: Sendable {
    private struct State {
        /// Rises with each call of `wake`.
        var calls = 0
        var isEnding = false
    }

    private let state = Monitor(State())

    /// There may be work.
    func wake() { state.update { $0.calls += 1 } }

    /// Ends every wait, now and later.
    func end() { state.update { $0.isEnding = true } }

    var isEnding: Bool { state.withLock { $0.isEnding } }

    /// How often there was work so far; read before looking for it.
    var calls: Int { state.withLock { $0.calls } }

    /// Blocks until there was work after `calls`, or the time is over.
    ///
    /// - Returns: whether it is time to end.
    func wait(after calls: Int, atMost time: Duration) -> Bool {
        _ = state.wait(atMost: time) { $0.isEnding || $0.calls != calls ? true : nil }
        return isEnding
    }

    /// Blocks for that long, whatever work there is.
    ///
    /// - Returns: whether it is time to end.
    func rest(_ time: Duration) -> Bool {
        state.wait(atMost: time) { $0.isEnding ? true : nil } ?? false
    }
}
