import Jobs
import LedgerStore
import PostgresClient
import ServiceKit
import Telemetry

/// The thread that looks for what was missed, sums up accounts, and reads figures.
struct UpkeepLoop: Sendable {
    private static let every = Duration.seconds(1)
    /// Looks between two that read every wallet.
    private static let looksPerSummary = 10
    /// For taking old keys away in one look; each statement takes 10,000.
    private static let forgettingTime = Duration.milliseconds(500)

    let postgres: PostgresConfiguration
    let refundAfterSeconds: Int
    let signal: WorkSignal
    let metrics: WorkerMetrics
    let figures: WorkerFigures
    let logger: Logger
    /// Told why Postgres does not answer, nil when it does.
    let tell: @Sendable (String?) -> Void
    let beat: @Sendable () -> Void

    /// Blocks until it is time to end.
    func run() {
        let session = Session(postgres, .watch, figures: figures)
        defer { session.close() }
        var look = 0
        repeat {
            beat()
            do throws(PostgresError) {
                try self.look(look, LedgerStore(try session.connection()))
                metrics.postgresUp.set(true)
                tell(nil)
            } catch {
                metrics.postgresUp.set(false)
                tell(Self.describe(error))
                logger.warning("upkeep failed", ["error": error])
            }
            look += 1
        } while !signal.rest(Self.every)
    }

    private func look(_ number: Int, _ store: LedgerStore) throws(PostgresError) {
        try step("sweep", store, sweep)
        try step("figures of jobs", store) { store throws(PostgresError) in
            figures.note(jobs: try JobQueue(store.connection).figures())
        }
        try step("figures of the outbox", store) { store throws(PostgresError) in
            figures.note(backlog: try store.backlog(limit: LedgerStore.backlogCountMax))
        }
        try step("old Idempotency-Keys", store, forgetKeys)
        guard number % Self.looksPerSummary == 0 else { return }
        // Reads every wallet.
        try step("sum of the money", store) { store throws(PostgresError) in
            try store.makeCheckpoint()
            figures.note(summary: try store.moneySummary())
        }
    }

    /// What takes too long, because there is very much of it, is left out: the others have their turn.
    private func step(
        _ name: String,
        _ store: LedgerStore,
        _ body: (LedgerStore) throws(PostgresError) -> Void
    ) throws(PostgresError) {
        beat()
        do throws(PostgresError) {
            try body(store)
        } catch {
            guard store.connection.isUsable, error.kind == .retry else { throw error }
            logger.warning("upkeep did not come to its end", ["part": name, "error": error])
        }
    }

    private func forgetKeys(_ store: LedgerStore) throws(PostgresError) {
        let until = ContinuousClock.now + Self.forgettingTime
        while try store.forgetKeys() == LedgerStore.keysAtOnceMax, .now < until {}
    }

    private static func describe(_ error: PostgresError) -> String {
        // No such table, no such column.
        guard let state = error.sqlState, ["42P01", "42703"].contains(state) else {
            return "\(error)"
        }
        return "the database lacks tables: run `betctl migrate`"
    }

    private func sweep(_ store: LedgerStore) throws(PostgresError) {
        let buried = try JobQueue(store.connection).buryAbandoned()
        metrics.sweeps["buried"]?.add(buried)
        if buried > 0 {
            logger.error("jobs are dead: their lease ran out each time", ["count": buried])
        }
        guard let sweep = try store.sweep(refundAfterSeconds: refundAfterSeconds) else { return }
        let found = [
            ("match", sweep.missedMatches), ("refund", sweep.missedRefunds),
            ("settle", sweep.missedSettlements),
        ]
        for (kind, count) in found where count > 0 {
            metrics.sweeps[kind]?.add(count)
            logger.info("a sweep found work", ["kind": kind, "count": count])
        }
        if found.contains(where: { $0.1 > 0 }) { signal.wake() }
    }
}
