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
    /// Looks before a part is tried again that took too long.
    private static let looksPerSlowPart = 10
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
        var slow: [String: Int] = [:]
        repeat {
            beat()
            do throws(PostgresError) {
                try lookAfter(LedgerStore(try session.connection()), look, &slow)
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

    /// - Parameter slow: parts that took too long, with the look at which they are tried again.
    private func lookAfter(
        _ store: LedgerStore,
        _ look: Int,
        _ slow: inout [String: Int]
    ) throws(PostgresError) {
        func part(
            _ name: String,
            _ body: (LedgerStore) throws(PostgresError) -> Void
        ) throws(PostgresError) {
            guard slow[name, default: 0] <= look else { return }
            slow[name] = try isWhole(name, store, body) ? nil : look + Self.looksPerSlowPart
        }
        try part("sweep", sweep)
        try part("figures of jobs") { store throws(PostgresError) in
            figures.note(jobs: try JobQueue(store.connection).figures())
        }
        try part("figures of the outbox") { store throws(PostgresError) in
            figures.note(backlog: try store.backlog(limit: LedgerStore.backlogCountMax))
        }
        try part("old Idempotency-Keys", forgetKeys)
        guard look % Self.looksPerSummary == 0 else { return }
        // Reads every wallet.
        try part("sum of the money") { store throws(PostgresError) in
            try store.makeCheckpoint()
            figures.note(summary: try store.moneySummary())
        }
    }

    /// What takes too long, because there is very much of it, is left out: the others have their turn.
    ///
    /// - Returns: whether it came to its end.
    private func isWhole(
        _ name: String,
        _ store: LedgerStore,
        _ body: (LedgerStore) throws(PostgresError) -> Void
    ) throws(PostgresError) -> Bool {
        beat()
        do throws(PostgresError) {
            try body(store)
            return true
        } catch {
            guard store.connection.isUsable, error.kind == .retry else { throw error }
            logger.warning("upkeep did not come to its end", ["part": name, "error": error])
            return false
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
