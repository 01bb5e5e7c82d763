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
    /// Looks between two that take old keys away, 10,000 each: 1,000 a second.
    private static let looksPerForgetting = 10

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
                let store = LedgerStore(try session.connection())
                try sweep(store)
                figures.note(
                    jobs: try JobQueue(store.connection).figures(),
                    backlog: try store.backlog()
                )
                if look % Self.looksPerForgetting == 0 { forgetKeys(store) }
                if look % Self.looksPerSummary == 0 {
                    // It has a while of its own.
                    beat()
                    sumUp(store)
                }
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

    /// Reads every wallet: with very many of them this may take too long, and is left out.
    private func sumUp(_ store: LedgerStore) {
        do throws(PostgresError) {
            try store.makeCheckpoint()
            figures.note(summary: try store.moneySummary())
        } catch {
            logger.warning("the money was not summed up", ["error": error])
        }
    }

    private func forgetKeys(_ store: LedgerStore) {
        do throws(PostgresError) {
            _ = try store.forgetKeys()
        } catch {
            logger.warning("old Idempotency-Keys were not taken away", ["error": error])
        }
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
