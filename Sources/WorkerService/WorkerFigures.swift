import Betting
import Jobs
import Ledger
import LedgerStore
import Synchronization
import Telemetry

/// Figures that live in Postgres, as the worker saw them last, and money that this process has paid.
final class WorkerFigures: Sendable {
    /// What a session with Postgres is for.
    enum ConnectionUse: String, CaseIterable {
        case match, settle, refund, outbox, watch
    }

    /// Older figures are not told.
    private static let ageMax = Duration.seconds(30)

    private struct State {
        var jobs: [JobFigures] = []
        var jobsSeenAt: ContinuousClock.Instant?
        var backlog: MoneyBacklog?
        var backlogSeenAt: ContinuousClock.Instant?
        var summary: MoneySummary?
        var summedAt: ContinuousClock.Instant?
        var settled = MoneySum.zero
        var refunded = MoneySum.zero
        var connections: [ConnectionUse: Int] = [:]
    }

    private let state = Mutex(State())

    func note(jobs: [JobFigures]) {
        state.withLock { state in
            state.jobs = jobs
            state.jobsSeenAt = .now
        }
    }

    func note(backlog: MoneyBacklog) {
        state.withLock { state in
            state.backlog = backlog
            state.backlogSeenAt = .now
        }
    }

    func note(summary: MoneySummary) {
        state.withLock { state in
            state.summary = summary
            state.summedAt = .now
        }
    }

    func addSettled(_ amount: MoneySum) { state.withLock { $0.settled += amount } }

    func addRefunded(_ amount: MoneySum) { state.withLock { $0.refunded += amount } }

    func addConnections(_ use: ConnectionUse, _ change: Int) {
        state.withLock { $0.connections[use, default: 0] += change }
    }

    func register(in metrics: Metrics) {
        metrics.collect { [self] writer in
            let state = state.withLock { $0 }
            Self.write(jobs: Self.isFresh(state.jobsSeenAt) ? state.jobs : [], &writer)
            Self.write(backlog: Self.isFresh(state.backlogSeenAt) ? state.backlog : nil, &writer)
            Self.write(summary: Self.isFresh(state.summedAt) ? state.summary : nil, &writer)
            writer.family("betting_payouts_value_total", .counter, "Paid to wallets.")
            writer.sample(Self.whole(state.settled), labels: [("kind", "settle")])
            writer.sample(Self.whole(state.refunded), labels: [("kind", "refund")])
            writer.family("betting_postgres_connections", .gauge, "Sessions open now.")
            for use in ConnectionUse.allCases {
                writer.sample(state.connections[use] ?? 0, labels: [("use", use.rawValue)])
            }
        }
    }

    private static func isFresh(_ time: ContinuousClock.Instant?) -> Bool {
        time.map { $0.duration(to: .now) < ageMax } ?? false
    }

    private static func write(jobs: [JobFigures], _ writer: inout MetricsWriter) {
        writer.family("betting_jobs", .gauge, "Jobs that are not done.")
        for figures in jobs {
            let states = [
                ("ready", figures.ready), ("leased", figures.leased), ("dead", figures.dead),
            ]
            for (state, count) in states {
                writer.sample(
                    count,
                    labels: [("kind", figures.kind.rawValue), ("state", state)]
                )
            }
        }
        writer.family("betting_jobs_oldest_age_seconds", .gauge, "Age of the oldest live job.")
        for figures in jobs {
            writer.sample(figures.oldestSeconds, labels: [("kind", figures.kind.rawValue)])
        }
    }

    private static func write(backlog: MoneyBacklog?, _ writer: inout MetricsWriter) {
        writer.family("betting_outbox_rows", .gauge, "Placed bets that wait to be published.")
        if let backlog { writer.sample(backlog.outboxCount) }
        writer.family("betting_outbox_oldest_age_seconds", .gauge, "Age of the oldest of them.")
        if let backlog { writer.sample(backlog.outboxOldestSeconds) }
    }

    private static func write(summary: MoneySummary?, _ writer: inout MetricsWriter) {
        writer.family("betting_money_value", .gauge, "Money of the system, by account.")
        if let summary {
            let accounts = [
                ("deposits", summary.deposits), ("wallets", summary.wallets),
                ("open_stakes", summary.openStakes), ("house", summary.house),
            ]
            for (account, sum) in accounts {
                writer.sample(whole(sum), labels: [("account", account)])
            }
        }
        writer.family(
            "betting_money_imbalance_value",
            .gauge,
            "Wallets, open stakes and house beyond the deposits: 0, or money was made or lost."
        )
        if let summary { writer.sample(whole(summary.imbalance)) }
    }

    private static func whole(_ sum: MoneySum) -> Double {
        Double(sum.units) / Double(Money.unitsPerWhole)
    }
}
