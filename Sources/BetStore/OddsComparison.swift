import RedisClient

/// Compares the projection with Postgres, games in turn, in a way that is right under load.
///
/// For each game Postgres is read before (p1) and, where Redis (r) has more, again after (p2). As
/// outcomes reach Redis only after Postgres, r > p2 is a difference. r < p1 may just be under way: the
/// game becomes a suspect, and a difference if r is still below that p1 once a repair pass is complete
/// whose horizon was set after p1 was read.
///
/// A retired game has no counters to compare; its bets are part of `odds:total` all the same.
///
/// The sum of p1 over a whole turn is at least what `odds:total` was at its beginning, and at most
/// what it must be after such a pass.
struct OddsComparison {
    private struct Suspect {
        let game: String
        let least: GameOdds
        let round: Int
    }

    /// Suspects that are kept; others come around in the next turn.
    private static let suspectsMax = 5_000
    /// Games that are read at a time.
    private static let chunkSize = 1_000

    private let gamesMax: Int
    private var cursor = ""
    private var suspects: [Suspect] = []
    private var turnSum: Int64 = 0
    private var totalAtBeginning: Int64 = 0
    private var leastTotal: (total: Int64, round: Int)?

    /// - Parameter gamesMax: compared in one round.
    init(gamesMax: Int) {
        self.gamesMax = gamesMax
    }

    /// Judges the suspects noted in rounds up to `round`: everything known then is applied now.
    mutating func judge(
        notedBy round: Int,
        _ projection: OddsProjection,
        _ outcomes: OddsOutcomes,
        _ report: inout MaintenanceReport
    ) throws(OddsError) {
        let due = suspects.filter { $0.round <= round }
        suspects.removeAll { $0.round <= round }
        for start in stride(from: 0, to: due.count, by: Self.chunkSize) {
            let chunk = due[start..<min(start + Self.chunkSize, due.count)]
            guard let games = try projection.read(games: chunk.map(\.game)) else { return }
            let retired = try outcomes.retired(among: chunk.map(\.game))
            for (suspect, odds) in zip(chunk, games) where !retired.contains(suspect.game) {
                guard let odds, odds.covers(suspect.least) else {
                    report.addDifference(OddsKeys.updates(suspect.game))
                    continue
                }
            }
        }
        if let least = leastTotal, least.round <= round {
            leastTotal = nil
            guard let total = try projection.total() else { return }
            if total < least.total { report.addDifference(OddsKeys.total) }
        }
    }

    /// Compares the next games.
    mutating func run(
        round: Int,
        _ projection: OddsProjection,
        _ outcomes: OddsOutcomes,
        _ report: inout MaintenanceReport
    ) throws(OddsError) {
        while report.compared < gamesMax {
            if cursor.isEmpty {
                guard let total = try projection.total() else { return }
                totalAtBeginning = total
                turnSum = 0
            }
            guard let last = try outcomes.lastGame(after: cursor, limit: Self.chunkSize) else {
                endTurn(round, &report)
                return
            }
            guard
                try compare(after: cursor, through: last, round, projection, outcomes, &report)
            else { return }
            cursor = last
        }
    }

    private mutating func endTurn(_ round: Int, _ report: inout MaintenanceReport) {
        if totalAtBeginning > turnSum { report.addDifference(OddsKeys.total) }
        if leastTotal == nil { leastTotal = (turnSum, round) }
        cursor = ""
    }

    /// Returns false when the projection went away meanwhile.
    private mutating func compare(
        after first: String,
        through last: String,
        _ round: Int,
        _ projection: OddsProjection,
        _ outcomes: OddsOutcomes,
        _ report: inout MaintenanceReport
    ) throws(OddsError) -> Bool {
        let before = try outcomes.totals(after: first, through: last)
        let names = Array(before.games.keys)
        guard let games = try projection.read(games: names) else { return false }
        var above: [String] = []
        for (name, odds) in zip(names, games) {
            let least = before.games[name] ?? GameOdds()
            guard let odds else {
                report.addDifference(OddsKeys.updates(name))
                continue
            }
            if !least.covers(odds) { above.append(name) }
            if !odds.covers(least), suspects.count < Self.suspectsMax {
                suspects.append(Suspect(game: name, least: least, round: round))
            }
        }
        turnSum += before.updates
        report.compared += names.count + before.retired.count
        guard !above.isEmpty else { return true }
        return try confirm(above, after: first, through: last, projection, outcomes, &report)
    }

    /// Looks a second time at games that had more than Postgres: at Redis first.
    private func confirm(
        _ names: [String],
        after first: String,
        through last: String,
        _ projection: OddsProjection,
        _ outcomes: OddsOutcomes,
        _ report: inout MaintenanceReport
    ) throws(OddsError) -> Bool {
        guard let games = try projection.read(games: names) else { return false }
        let after = try outcomes.totals(after: first, through: last)
        for (name, odds) in zip(names, games) where !after.retired.contains(name) {
            guard let odds, let most = after.games[name], most.covers(odds) else {
                report.addDifference(OddsKeys.updates(name))
                continue
            }
        }
        return true
    }
}

extension GameOdds {
    /// Whether every figure is at least the other's.
    fileprivate func covers(_ other: GameOdds) -> Bool {
        updates >= other.updates
            && other.pools.allSatisfy { selection, units in
                (pools[selection] ?? 0) >= units
            }
    }
}

extension OddsProjection {
    /// Several games, each at some moment of the call: nil for one whose keys hold what they should
    /// not; nil altogether while the projection is absent or being rebuilt.
    fileprivate func read(games: [String]) throws(OddsError) -> [GameOdds?]? {
        var commands: [[RedisArgument]] = [["GET", .text(OddsKeys.generation)]]
        for game in games {
            commands.append(["GET", .text(OddsKeys.updates(game))])
            commands.append(["HGETALL", .text(OddsKeys.pool(game))])
        }
        commands.append(["GET", .text(OddsKeys.generation)])
        let replies = try pipeline(commands)
        guard let first = replies.first, first != .null, first == replies.last else { return nil }
        return games.indices.map { index in
            Self.odds(updates: replies[2 * index + 1], pool: replies[2 * index + 2])
        }
    }
}
