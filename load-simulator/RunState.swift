import Synchronization

/// What all threads of a run look at.
final class RunState: Sendable {
    private let signal = Atomic<Int32>(0)
    private let firstFailure = Mutex<String?>(nil)

    /// The signal that asked to stop, 0 for none.
    var stopSignal: Int32 { signal.load(ordering: .relaxed) }

    /// Why the run cannot go on.
    var failure: String? { firstFailure.withLock { $0 } }

    /// Nothing more is to be sent, for whatever reason.
    var isStopping: Bool { stopSignal != 0 || failure != nil }

    func stop(signal number: Int32) {
        signal.store(number, ordering: .relaxed)
    }

    /// Ends the run; the first failure is the one that is told.
    func fail(_ reason: String) {
        firstFailure.withLock { $0 = $0 ?? reason }
    }
}
