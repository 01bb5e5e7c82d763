/// The invariants in the order of the table; `docs/AUDIT.md` says how each is checked.
enum Invariant: String, CaseIterable {
    case acknowledged = "I1"
    case published = "I2"
    case oneOutcome = "I3"
    case oneRow = "I4"
    case podTotals = "T1"
    case gameTotals = "T2"
    case counters = "I5"
    case applied = "I6"
    case topology = "I20"
    case durability = "I21"

    var title: String {
        switch self {
        case .acknowledged: "every acknowledged publish has its outcome"
        case .published: "stored bets are what was published"
        case .oneOutcome: "every sequence has exactly one outcome"
        case .oneRow: "one row a bet, one bet a duplicate"
        case .podTotals: "the pods' totals equal the tables"
        case .gameTotals: "the games' totals equal the tables"
        case .counters: "the odds counters equal Postgres"
        case .applied: "every outcome is in the odds counters, once"
        case .topology: "streams and consumer are as intended"
        case .durability: "the servers keep what they acknowledge"
        }
    }

    func check(_ result: AuditCheck.Result, _ detail: String) -> AuditCheck {
        AuditCheck(id: rawValue, title: title, result: result, detail: detail)
    }

    /// Violated with the problems found, or fine with `summary` when there are none.
    func check(problems: [String], else summary: String) -> AuditCheck {
        problems.isEmpty
            ? check(.ok, summary) : check(.violated, problems.joined(separator: "; "))
    }
}
