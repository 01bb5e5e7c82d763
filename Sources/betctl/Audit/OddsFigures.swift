/// What counts of the bets of all games, from one of the two sides.
struct OddsFigures: Equatable {
    struct Game: Equatable {
        /// Bets.
        var updates: Int64 = 0
        /// Staked by selection, in units of 10⁻⁸; without selections that hold nothing.
        var pool: [String: Int128] = [:]
    }

    var games: [String: Game] = [:]
    /// Bets of all games, as kept beside the games' own counters.
    var total: Int64 = 0
    /// Games without counters, on the side of Postgres; they are not among `games`.
    var retired: Set<String> = []
}

/// The counters between two looks at Postgres.
///
/// A bet is committed before it is counted, and the counters are read before Postgres is looked at
/// again. So whatever is counted beyond the second look was never committed; and what the first look
/// saw is in the counters once everything is applied. Without load both looks are equal and so is
/// this comparison exact.
struct OddsComparison {
    /// Figures above what Postgres has: a bet counted twice, or one that does not exist.
    private(set) var excess: [String] = []
    /// Figures below what Postgres had: not counted yet, or lost; and counters on their way out.
    private(set) var missing: [String] = []

    init(before: OddsFigures, counters: OddsFigures, after: OddsFigures) {
        compare(
            "odds:total",
            Int128(before.total),
            Int128(counters.total),
            Int128(after.total)
        )
        let names = Set(before.games.keys).union(counters.games.keys)
        for name in names.sorted() {
            if after.retired.contains(name) {
                if counters.games[name] != nil { missing.append("\(name): retired, yet counted") }
                continue
            }
            let first = before.games[name] ?? OddsFigures.Game()
            let counted = counters.games[name] ?? OddsFigures.Game()
            let last = after.games[name] ?? OddsFigures.Game()
            compare(
                "\(name) bets",
                Int128(first.updates),
                Int128(counted.updates),
                Int128(last.updates)
            )
            for selection in Set(first.pool.keys).union(counted.pool.keys).sorted() {
                compare(
                    "\(name) pool \(selection)",
                    first.pool[selection] ?? 0,
                    counted.pool[selection] ?? 0,
                    last.pool[selection] ?? 0
                )
            }
        }
    }

    private mutating func compare(
        _ what: String,
        _ before: Int128,
        _ counted: Int128,
        _ after: Int128
    ) {
        if counted > after { excess.append("\(what): \(counted) counted, \(after) in Postgres") }
        if counted < before {
            missing.append("\(what): \(counted) counted, \(before) in Postgres")
        }
    }
}
