import Ledger
import Telemetry

/// The API's own metrics; docs/METRICS.md lists them.
final class WalletMetrics: Sendable {
    /// From the request to its answer, waiting included.
    let placementSeconds: Histogram
    /// Bets of one transaction.
    let groupBets: Histogram

    private let placements: [String: Counter]
    private let requests: [Operation: [Int: Counter]]
    private let problems: [String: Counter]

    init(_ metrics: Metrics) {
        placementSeconds = metrics.histogram(
            "betting_placement_seconds",
            "From a request to place a bet to its answer."
        )
        groupBets = metrics.histogram(
            "betting_placement_group_bets",
            "Bets of one transaction.",
            bounds: [1, 2, 5, 10, 20, 50, 100, 200, 500]
        )
        var placements: [String: Counter] = [:]
        for label in PlacementOutcome.labels {
            placements[label] = metrics.counter(
                "betting_placements_total",
                "Bets asked for, by what became of them.",
                labels: [("outcome", label)]
            )
        }
        self.placements = placements
        var requests: [Operation: [Int: Counter]] = [:]
        for operation in Operation.allCases {
            for statusClass in 2...5 {
                requests[operation, default: [:]][statusClass] = metrics.counter(
                    "betting_api_requests_total",
                    "Answers of the API by operation and class of status.",
                    labels: [
                        ("operation", operation.rawValue), ("status_class", "\(statusClass)xx"),
                    ]
                )
            }
        }
        self.requests = requests
        var problems: [String: Counter] = [:]
        for code in Set(Operation.allCases.flatMap(\.problems)).map(\.rawValue).sorted() {
            problems[code] = metrics.counter(
                "betting_api_problems_total",
                "Requests that were not done, by the code of the answer.",
                labels: [("code", code)]
            )
        }
        self.problems = problems
    }

    func countPlacements(_ outcome: String, _ count: Int = 1) {
        placements[outcome]?.add(count)
    }

    /// - Parameter problem: the code of an answer that is a problem.
    func countAnswer(_ operation: Operation, status: Int, problem: ProblemCode?) {
        // 304 is an answer that was wanted.
        requests[operation]?[status / 100 == 3 ? 2 : status / 100]?.add()
        if let problem { problems[problem.rawValue]?.add() }
    }

    /// Adds what is asked for each time.
    static func register(
        in metrics: Metrics,
        bank: LedgerBank,
        waiting: @escaping @Sendable () -> (placements: Int, requests: Int, users: Int)
    ) {
        metrics.collect { writer in
            writer.family("betting_dependency_up", .gauge, "1 while a server answers.")
            writer.sample(bank.problem == nil ? 1 : 0, labels: [("dependency", "postgres")])
            writer.family("betting_postgres_connections", .gauge, "Sessions open now.")
            writer.sample(bank.connections, labels: [("use", "ledger")])
            writer.family(
                "betting_api_outbox_bets",
                .gauge,
                "No less than the placed bets that wait to be published, up to the limit."
            )
            writer.sample(bank.outboxCount)
            writer.family(
                "betting_api_outbox_limit",
                .gauge,
                "Beyond it bets are refused: OUTBOX_MAX."
            )
            writer.sample(bank.outboxMax)
            let now = waiting()
            writer.family("betting_placements_waiting", .gauge, "Bets that wait to be placed.")
            writer.sample(now.placements)
            writer.family("betting_api_requests_waiting", .gauge, "Other requests that wait.")
            writer.sample(now.requests)
            writer.family("betting_api_users_remembered", .gauge, "Users in the table of limits.")
            writer.sample(now.users)
        }
    }
}
