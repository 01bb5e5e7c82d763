import Threading

/// A bounded queue whose takers get everything that waits, up to a group: while one group is worked
/// on the next one forms.
final class GroupQueue<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var isClosed = false
    }

    private let capacity: Int
    private let groupMax: Int
    private let state = Monitor(State())

    init(capacity: Int, groupMax: Int) {
        precondition(capacity > 0 && groupMax > 0, "a queue of nothing")
        self.capacity = capacity
        self.groupMax = groupMax
    }

    /// Whether nothing is taken any more.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Elements that wait to be taken.
    var count: Int { state.withLock { $0.waiting.count } }

    /// - Returns: false when the queue is full or closed; the element stays the caller's.
    func offer(_ element: Element) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isClosed, state.waiting.count < capacity else { return false }
            state.waiting.append(element)
            return true
        }
        if isTaken { state.wakeOne() }
        return isTaken
    }

    /// Blocks until something waits.
    ///
    /// - Parameter timeout: nil waits for ever.
    /// - Returns: what waits, the oldest first; an empty group when the time is over; nil when the
    ///   queue is closed and empty.
    func take(atMost timeout: Duration? = nil) -> [Element]? {
        let group: [Element]?? = state.wait(atMost: timeout) { state -> [Element]?? in
            guard !state.waiting.isEmpty else { return state.isClosed ? .some(nil) : nil }
            let count = min(groupMax, state.waiting.count)
            defer { state.waiting.removeFirst(count) }
            return Array(state.waiting[..<count])
        }
        return group ?? []
    }

    /// Takes nothing new; what waits is still handed out.
    func close() {
        state.update { $0.isClosed = true }
    }
}
