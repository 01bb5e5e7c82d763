import Jobs
import Ledger
import PostgresClient
import ServiceKit
import Telemetry

/// A thread that works off jobs of one kind.
struct JobLoop: Sendable {
    /// A wake-up may be lost; then a job waits for so long.
    static let pollEvery = Duration.seconds(1)

    let worker: JobWorker
    let use: WorkerFigures.ConnectionUse
    let postgres: PostgresConfiguration
    let signal: WorkSignal
    let metrics: WorkerMetrics
    let figures: WorkerFigures
    let logger: Logger
    let beat: @Sendable () -> Void

    /// Blocks until it is time to end; what was taken by then is worked on first.
    func run() {
        let session = Session(postgres, use, figures: figures)
        defer { session.close() }
        var delay = RetryDelay()
        while !signal.isEnding {
            beat()
            let calls = signal.calls
            do throws(PostgresError) {
                let turn = try turn(session)
                delay.reset()
                if let failure = turn.failure {
                    logger.warning(
                        "jobs failed",
                        ["kind": worker.kind.rawValue, "count": turn.failedCount, "error": failure]
                    )
                }
                if turn.claimedCount > 0 { continue }
                if signal.wait(after: calls, atMost: Self.pollEvery) { return }
            } catch {
                logger.warning(
                    "jobs cannot be worked on",
                    ["kind": worker.kind.rawValue, "error": error]
                )
                if signal.rest(delay.next()) { return }
            }
        }
    }

    private func turn(_ session: Session) throws(PostgresError) -> JobWorker.Turn {
        let begunAt = ContinuousClock.now
        let turn = try worker.turn(on: session.connection(), beat: beat)
        guard turn.claimedCount > 0, let counters = metrics.counters(of: worker.kind) else {
            return turn
        }
        counters.claimed.add(turn.claimedCount)
        counters.failed.add(turn.failedCount)
        counters.seconds.observe(begunAt.duration(to: .now))
        return turn
    }
}
