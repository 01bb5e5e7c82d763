import PostgresClient

/// The invariants of the tables, all in one snapshot. Each statement answers one row: how many
/// things are wrong, and the first of them.
struct TableAudit {
    let postgres: PostgresConnection
    let cut: AuditCut

    private static let uniqueIndexes: Int64 = 4

    /// - Parameter arrival: whether the outcomes up to the cut have come.
    func oneOutcome(_ arrival: AuditCut.Arrival) throws -> AuditCheck {
        var problems: [String] = []
        let twice = try count(Self.outcomesTwice)
        if twice > 0 { problems.append("\(twice) sequences with more than one outcome") }
        let gaps = try count(Self.gapsInCompleteEpochs)
        if gaps > 0 { problems.append("\(gaps) epochs with gaps below their complete sequence") }
        let blocks = try count(Self.blocksBeyondRows)
        if blocks > 0 { problems.append("\(blocks) blocks with fewer outcomes than written down") }
        let lost = try count(Self.lost)
        if lost > 0 { problems.append("\(lost) sequences are lost: gone from the stream") }
        let unknown = try count(Self.unknownEpochs)
        if unknown > 0 { problems.append("outcomes of \(unknown) epochs that are not known") }
        let end = try postgres.query(Self.lostEnd, [.int64(cut.epoch)])
        if end.rowCount > 0 { problems.append("the stream lost its end: \(try end.string(0, 0))") }
        let counts = try postgres.query(Self.outcomes, [.int64(cut.epoch), .int64(cut.last)])
        let (stored, duplicate) = (try counts.int64(0, 0), try counts.int64(0, 1))
        let rejected = try counts.int64(0, 2)
        let lostNow = try postgres.query(Self.lostUpTo, [.int64(cut.epoch), .int64(cut.last)])
        let outcomes = try stored + duplicate + rejected + lostNow.int64(0, 0)
        let summary = "\(stored) stored, \(duplicate) duplicate, \(rejected) rejected"
        switch arrival {
        case .lost(let missing):
            let examples = try postgres.query(Self.gaps, [.int64(cut.epoch), .int64(cut.last)])
            let first = try (0..<examples.rowCount).map { try "\(examples.int64($0, 0))" }
            problems.append(
                "\(missing) acknowledged sequences without outcome: "
                    + first.joined(separator: ", ")
            )
        case .complete where outcomes != cut.last:
            problems.append("\(summary) of \(cut.last) sequences")
        case .open(let missing, let why) where problems.isEmpty:
            return Invariant.oneOutcome.check(
                .undecided,
                "\(missing) sequences without outcome yet: \(why)"
            )
        case .open, .complete: break
        }
        return Invariant.oneOutcome.check(problems: problems, else: summary)
    }

    /// Sequences of the epoch beyond what the stream ever had.
    ///
    /// - Parameter last: the stream's last sequence, read after the snapshot was taken.
    func beyondStream(_ last: Int64) throws -> Int64 {
        let row = try postgres.query(Self.beyond, [.int64(cut.epoch), .int64(last)])
        return try row.int64(0, 0)
    }

    func oneRow() throws -> AuditCheck {
        var problems: [String] = []
        let doubled = try count(Self.doubledBets)
        if doubled > 0 { problems.append("\(doubled) ids with more than one row") }
        let indexes = try count(Self.validUniqueIndexes)
        if indexes != Self.uniqueIndexes {
            problems.append("\(indexes) of \(Self.uniqueIndexes) unique indexes are valid")
        }
        let orphans = try count(Self.orphans)
        if orphans > 0 { problems.append("\(orphans) duplicates or conflicts without their bet") }
        return Invariant.oneRow.check(problems: problems, else: "no id twice")
    }

    func podTotals() throws -> AuditCheck {
        var problems: [String] = []
        let rows = try postgres.query(Statement(Self.podDifferences))
        for row in 0..<rows.rowCount {
            problems.append("pod \(try rows.string(row, 0)): \(try rows.string(row, 1))")
        }
        let reasons = try count(Self.reasonDifferences)
        if reasons > 0 { problems.append("\(reasons) reasons for rejection counted wrongly") }
        let pods = try count("SELECT count(DISTINCT (pod_id, boot_id)) FROM ingest_totals")
        return Invariant.podTotals.check(problems: problems, else: "\(pods) starts of pods")
    }

    func gameTotals() throws -> AuditCheck {
        let rows = try postgres.query(Statement(Self.gameDifferences))
        let problems = try (0..<rows.rowCount).map { row in
            "\(try rows.string(row, 0)): \(try rows.string(row, 1))"
        }
        let games = try count("SELECT count(DISTINCT game_id) FROM game_totals")
        return Invariant.gameTotals.check(problems: problems, else: "\(games) games")
    }

    private func count(_ sql: String) throws -> Int64 {
        try postgres.query(Statement(sql)).int64(0, 0)
    }
}
