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
    case doubleEntry = "I8"
    case balances = "I9"
    case neverNegative = "I10"
    case locked = "I11"
    case paidOnce = "I12"
    case states = "I14"
    case debited = "I15"
    case settledRounds = "I16"
    case idempotency = "I17"
    case outbox = "I18"
    case moneyInIsOut = "I22"
    case messages = "M1"
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
        case .doubleEntry: "every ledger transaction sums to zero"
        case .balances: "balances equal their entries"
        case .neverNegative: "no wallet was ever below zero"
        case .locked: "locked balances are the open stakes"
        case .paidOnce: "what ended was paid exactly once"
        case .states: "bets, matches and rounds agree"
        case .debited: "every placed bet has one debit"
        case .settledRounds: "resolved rounds have no open bet"
        case .idempotency: "every key has one answer"
        case .outbox: "the outbox drains"
        case .moneyInIsOut: "money in is money there"
        case .messages: "placed bets are stored like any other"
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
