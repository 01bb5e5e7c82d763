import BetStore
import Betting
import FaultPoints
import JetStream
import RedisClient
import ServiceKit
import Telemetry
import Threading

/// What follows a commit, on a thread of its own while the next batch commits: the odds counters,
/// the copies of rejected messages, then the acknowledgements, in this order.
final class AnswerLoop: Sendable {
    private struct Committed {
        let held: HeldBatch
        let result: BatchResult

        var rejectedBytes: Int { result.rejected.reduce(0) { $0 + $1.message.heldBytes } }
    }

    private struct State {
        var queue: [Committed] = []
        /// Of batches that are not answered yet.
        var rejectedBytes = 0
        var isFinishing = false
    }

    /// Committed batches that wait here before the storing thread has to wait too.
    private static let queueMax = 2
    /// Rejected messages are held whole. With more than this of them the storing thread waits until
    /// they are answered: a batch of nothing but id conflicts holds more than all others together.
    private static let rejectedBytesMax = 512 << 10

    private let connection: NATSConnection
    private let odds: OddsProjection
    private let intake: Intake
    private let counters: PodCounters
    private let metrics: IngestMetrics
    private let logger: Logger
    private let state = Monitor(State())

    init(
        connection: NATSConnection,
        odds: OddsProjection,
        intake: Intake,
        counters: PodCounters,
        metrics: IngestMetrics,
        logger: Logger
    ) {
        self.connection = connection
        self.odds = odds
        self.intake = intake
        self.counters = counters
        self.metrics = metrics
        self.logger = logger
    }

    /// Hands over a committed batch; blocks while too many wait, or too much of what was rejected.
    func add(_ held: HeldBatch, _ result: BatchResult) {
        let committed = Committed(held: held, result: result)
        state.wait { (state) -> Monitor<State>.Decision<Void> in
            guard state.queue.count < Self.queueMax else { return .wait }
            state.queue.append(committed)
            state.rejectedBytes += committed.rejectedBytes
            return .done(())
        }
        state.wakeAll()
        state.wait { $0.rejectedBytes <= Self.rejectedBytesMax ? .done(()) : .wait }
    }

    /// `run` returns once what was handed over is answered.
    func finish() { state.update { $0.isFinishing = true } }

    func run() {
        while let next = take() {
            apply(next)
            FaultPoint.oddsApplied.reach()
            copyRejected(next.result.rejected, epoch: next.held.batch.epoch)
            FaultPoint.rejectionsCopied.reach(if: !next.result.rejected.isEmpty)
            acknowledge(next)
            FaultPoint.acknowledgementsBuffered.reach()
            intake.release(next.held)
            state.update { $0.rejectedBytes -= next.rejectedBytes }
        }
    }

    private func take() -> Committed? {
        let next: Committed? = state.wait { state in
            if !state.queue.isEmpty { return .done(state.queue.removeFirst()) }
            return state.isFinishing ? .done(nil) : .wait
        }
        state.wakeAll()
        return next
    }

    /// A failure costs nothing but time: the repair finds what Redis lacks.
    private func apply(_ committed: Committed) {
        let begin = ContinuousClock.now
        defer { metrics.redisSeconds.observe(begin.duration(to: .now) / .seconds(1)) }
        do {
            let delta = try OddsDelta(committed.result)
            switch try odds.apply(delta) {
            case .applied: counters.oddsApplied(committed.result.storedCount)
            case .replayed(let newCount): counters.oddsApplied(newCount)
            case .generationMismatch: counters.redisFailed()
            }
        } catch {
            counters.redisFailed()
            logger.debug("odds counters left to the repair", ["error": "\(error)"])
        }
    }

    /// The row in `rejected_bets` is the record; this copy is for tools, and may come twice.
    private func copyRejected(_ rejected: [RejectedMessage], epoch: Int64) {
        var failed = 0
        var lastError: JetStreamError?
        for message in rejected {
            do {
                try DeadLetter.publish(message, epoch: epoch, on: connection)
            } catch {
                failed += 1
                lastError = error
            }
        }
        guard let lastError else { return }
        metrics.deadLettersFailed.add(failed)
        logger.warning(
            "rejected messages without a copy in dead_letters; their rows are in rejected_bets",
            ["messages": failed, "error": lastError]
        )
    }

    private func acknowledge(_ committed: Committed) {
        do {
            try connection.answer(committed.held.replies, with: .acknowledge)
            counters.acknowledged(
                publishedNanoseconds: committed.held.publishedNanoseconds,
                at: wallClockNanoseconds()
            )
        } catch {
            metrics.acknowledgementsFailed.add(committed.held.replies.count)
            logger.warning(
                "acknowledgements not sent; the messages come again and add nothing",
                ["messages": committed.held.replies.count, "error": error]
            )
        }
    }
}
