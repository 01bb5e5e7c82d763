package import PostgresClient
import RedisClient

/// Keeps the odds projection equal to Postgres: rebuilds it when it is gone or wrong, applies what it
/// lacks, and compares game after game.
///
/// `round` is called about every second by a loop that the service owns, on one thread, and only
/// while the connection holds `SharedLock.odds`: one process at a time does this. A second one
/// would do no harm (rebuilds fence each other off, everything else may be repeated) but waste.
package final class OddsMaintenance {
    /// Sequences by which `outcomes_through` moves on in a round at most, per epoch.
    private static let advanceMax: Int64 = 1 << 18

    private let projection: OddsProjection
    private let comparedGamesMax: Int
    private let gamesMax: Int64
    private var round = 0
    private var generation: [UInt8]?
    private var repair = OddsRepair()
    private var comparison: OddsComparison
    /// Each epoch's highest sequence at the end of the round before, and that round's number.
    private var horizon: (sequences: [Int64: Int64], round: Int)?
    /// What the pass under way will have shown: all sequences up to these are applied, as known in
    /// that round.
    private var pass: (applied: [Int64: Int64], round: Int) = ([:], 0)

    /// Rounds between two looks at whether Redis knows of all retired games.
    private static let retiredEvery = 60
    /// Games with counters, unless an installation says otherwise.
    package static let defaultGamesMax = 100_000

    /// - Parameters:
    ///   - gamesMax: games with counters; those beyond, not bet on for longest, are retired.
    ///   - comparedGamesMax: games compared in one round; the rest follow in the next.
    package init(
        _ projection: OddsProjection,
        gamesMax: Int = OddsMaintenance.defaultGamesMax,
        comparedGamesMax: Int = 20_000
    ) {
        self.projection = projection
        self.gamesMax = Int64(gamesMax)
        self.comparedGamesMax = comparedGamesMax
        self.comparison = OddsComparison(gamesMax: comparedGamesMax)
    }

    /// Does one round. After an error the next round goes on where it makes sense; a connection that
    /// is no more usable, and the lock with it, is the caller's to replace.
    ///
    /// - Throws: `redis`, `postgres`, `rebuildOvertaken`; `badName` and `outOfRange` for rows that
    ///   ingest never writes.
    package func round(
        connection: PostgresConnection
    ) throws(OddsError) -> MaintenanceReport {
        var report = MaintenanceReport()
        let outcomes = OddsOutcomes(connection: connection)
        round += 1
        try giveSign(connection)
        do {
            try keepUp(outcomes, &report)
            try limit(OddsRetirement(projection, connection), &report)
        } catch {
            guard error.isDamage else { throw error }
            report.addDifference(error.damagedKey)
        }
        if report.rebuild == nil, report.differences > 0 { report.rebuild = .difference }
        if report.rebuild != nil { try rebuild(connection: connection) }
        return report
    }

    /// A round that finds nothing to do in Postgres is no silent one.
    private func giveSign(_ connection: PostgresConnection) throws(OddsError) {
        do {
            try SharedLock.giveSign(connection)
        } catch {
            throw .postgres(error)
        }
    }

    /// Replaces the projection by what Postgres says now.
    package func rebuild(connection: PostgresConnection) throws(OddsError) {
        forget()
        try OddsRetirement(projection, connection).rank(gamesMax: gamesMax)
        var rebuild = OddsRebuild(projection, OddsOutcomes(connection: connection))
        try rebuild.run()
    }

    /// What was found out about one generation says nothing about another.
    private func forget() {
        repair = OddsRepair()
        comparison = OddsComparison(gamesMax: comparedGamesMax)
        horizon = nil
        generation = nil
    }

    /// Keeps the number of games with counters within its limit.
    private func limit(
        _ retirement: OddsRetirement,
        _ report: inout MaintenanceReport
    ) throws(OddsError) {
        guard report.rebuild == nil else { return }
        report.retired = try retirement.enforce(gamesMax: gamesMax)
        if round % Self.retiredEvery == 1 { try retirement.repeatIfNeeded() }
    }

    private func keepUp(
        _ outcomes: OddsOutcomes,
        _ report: inout MaintenanceReport
    ) throws(OddsError) {
        projection.forgetGeneration()
        guard let current = try projection.currentGeneration() else {
            report.rebuild = .absent
            return
        }
        if current != generation { forget() }
        generation = current
        var epochs = try outcomes.epochs()
        for index in epochs.indices {
            let through = try outcomes.advance(epochs[index], limit: Self.advanceMax)
            report.advanced += through - epochs[index].through
            epochs[index].through = through
        }
        let through = Dictionary(epochs.map { ($0.epoch, $0.through) }) { first, _ in first }
        guard try repairMissing(current, outcomes, through, &report) else { return }
        try comparison.run(round: round, projection, outcomes, &report)
        // Asked again: an epoch may have begun since, and what was compared may be of it.
        var sequences: [Int64: Int64] = [:]
        for epoch in try outcomes.epochs() {
            sequences[epoch.epoch] = try outcomes.horizon(epoch: epoch.epoch)
        }
        horizon = (sequences, round)
    }

    /// Returns whether there is a projection to go on with.
    private func repairMissing(
        _ generation: [UInt8],
        _ outcomes: OddsOutcomes,
        _ through: [Int64: Int64],
        _ report: inout MaintenanceReport
    ) throws(OddsError) -> Bool {
        guard let horizon else { return true }
        let watermarks = try projection.watermarks()
        if repair.isIdle {
            repair.begin(horizons: horizon.sequences, watermarks: watermarks)
            let applied = horizon.sequences.map { ($0, min($1, through[$0] ?? 0)) }
            pass = (Dictionary(applied) { first, _ in first }, horizon.round)
        }
        let result = try repair.run(projection, outcomes, through: through)
        report.repaired = repair.repaired
        switch result {
        case .complete: break
        case .unfinished: return true
        case .backlog:
            report.rebuild = .backlog
            return false
        case .excess(let key):
            report.addDifference(key)
            return false
        case .absent: return false
        }
        report.isCaughtUp = true
        for (epoch, applied) in pass.applied where applied > watermarks[epoch] ?? 0 {
            guard
                try projection.advanceWatermark(
                    epoch: epoch,
                    to: applied,
                    generation: generation
                )
            else { return false }
        }
        try comparison.judge(notedBy: pass.round, projection, outcomes, &report)
        return true
    }
}

extension OddsError {
    /// Whether it says that the projection holds what it should not.
    fileprivate var isDamage: Bool {
        switch self {
        case .refused, .redis(.server(code: "WRONGTYPE", _)): true
        default: false
        }
    }

    fileprivate var damagedKey: String {
        if case .refused(let key) = self { key } else { "odds:*" }
    }
}
