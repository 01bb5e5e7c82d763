import FaultPoints
import JetStream
import Synchronization
import Statistics

/// The books of one connection: what is open, what is to be tried again, what is settled.
///
/// Outcomes come in on libnats' thread, the sender asks on its own.
final class Ledger: Sendable {
    private struct Retry {
        let index: UInt64
        let dueNanoseconds: UInt64
    }

    private struct State {
        var tally = Tally()
        /// Latencies since they were last asked for.
        var recent = LatencyHistogram()
        var retries: [Retry] = []
        /// Repetitions so far of the messages that needed one.
        var attempts: [UInt64: Int] = [:]
        var epochs = EpochBook()
    }

    private let script: Script
    private let run: RunState
    private let journal: Journal?
    private let retriesMax: Int
    private let state = Mutex(State())

    init(_ script: Script, run: RunState, journal: Journal?, retriesMax: Int) {
        self.script = script
        self.run = run
        self.journal = journal
        self.retriesMax = retriesMax
    }

    var tally: Tally { state.withLock { $0.tally } }

    var openCount: UInt64 { state.withLock { $0.tally.open } }

    /// The latencies since the last call.
    func takeRecent() -> LatencyHistogram {
        state.withLock { state in
            defer { state.recent = LatencyHistogram() }
            return state.recent
        }
    }

    /// The journal cannot be written on before `noteEpoch`.
    var needsEpoch: Bool { state.withLock { $0.epochs.isInDoubt } }

    /// The stream may be another one.
    func doubtEpoch() { state.withLock { $0.epochs.doubt() } }

    /// - Parameter epoch: when the stream was created, nanoseconds since 1970.
    func noteEpoch(_ epoch: Int64) {
        for entry in state.withLock({ $0.epochs.settle(epoch) }) { write(entry, epoch) }
    }

    func willPublish(_ count: Int) {
        state.withLock { $0.tally.published += UInt64(count) }
    }

    /// A message that did not even leave this process: it waits for its next turn.
    func postpone(_ index: UInt64) {
        let due = MonotonicClock.nanoseconds() + 50_000_000
        state.withLock { $0.retries.append(Retry(index: index, dueNanoseconds: due)) }
    }

    /// The messages whose time to be sent again has come.
    func takeDueRetries() -> [UInt64] {
        let now = MonotonicClock.nanoseconds()
        return state.withLock { state in
            guard !state.retries.isEmpty else { return [] }
            let due = state.retries.filter { $0.dueNanoseconds <= now }.map(\.index)
            state.retries.removeAll { $0.dueNanoseconds <= now }
            state.tally.repeated += UInt64(due.count)
            return due
        }
    }

    /// Gives up on everything that waits to be sent again.
    func abandonRetries() {
        state.withLock { state in
            state.tally.unknown += UInt64(state.retries.count)
            state.retries.removeAll()
        }
    }

    func receive(_ outcome: PublishOutcome) {
        switch outcome {
        case .acknowledged(let index, _, let sequence, let isDuplicate, let latency):
            let entry = EpochBook.Entry(index: index, sequence: sequence, isDuplicate: isDuplicate)
            let epoch = state.withLock { state in
                state.tally.acknowledged += 1
                if isDuplicate { state.tally.duplicates += 1 }
                state.tally.latency.record(microseconds: Int64(clamping: latency / 1_000))
                state.recent.record(microseconds: Int64(clamping: latency / 1_000))
                if !state.attempts.isEmpty { state.attempts[index] = nil }
                return state.epochs.take(entry)
            }
            FaultPoint.publishAnswered.reach()
            if let epoch { write(entry, epoch) }
        case .refused(let index, 503, _, _) where schedulesRetry(of: index): doubtEpoch()
        case .refused(let index, let code, let errorCode, let description):
            state.withLock { state in
                state.tally.refused += 1
                state.tally.lastRefusal = "\(description) (\(errorCode == 0 ? code : errorCode))"
            }
            journal?.refused(
                index,
                id: script.identity(of: index).id,
                code: errorCode == 0 ? code : errorCode
            )
        case .unknown(let index, _):
            if !schedulesRetry(of: index) { state.withLock { $0.tally.unknown += 1 } }
        }
    }

    private func write(_ entry: EpochBook.Entry, _ epoch: Int64) {
        journal?.acknowledged(
            entry.index,
            id: script.identity(of: entry.index).id,
            epoch: epoch,
            sequence: entry.sequence,
            isDuplicate: entry.isDuplicate
        )
    }

    /// Plans to send the message again, later each time; false when it was tried often enough.
    private func schedulesRetry(of index: UInt64) -> Bool {
        guard !run.isStopping else { return false }
        let now = MonotonicClock.nanoseconds()
        return state.withLock { state in
            let attempt = state.attempts[index, default: 0]
            guard attempt < retriesMax else { return false }
            state.attempts[index] = attempt + 1
            let wait = UInt64(min(2_000, 50 << min(attempt, 10))) * 1_000_000
            state.retries.append(Retry(index: index, dueNanoseconds: now + wait))
            return true
        }
    }
}
