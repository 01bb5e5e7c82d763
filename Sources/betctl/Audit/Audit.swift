import JetStream
import PostgresClient
import RedisClient
import ServiceKit
import Topology

/// Proves on the running system that nothing was lost, doubled or miscounted.
///
/// It takes a cut (the stream's last sequence), waits for the outcomes up to it, checks the tables
/// in one snapshot, and then the counters between that snapshot and a later look. So it is as sound
/// under load as at rest.
struct Audit {
    let session: Session
    /// Read before the cut is taken, so that what it acknowledges lies within.
    let journal: Journal?
    /// For all waiting together.
    let timeout: Duration

    /// - Throws: when a server cannot be reached: then nothing is decided.
    func run() throws -> AuditReport {
        let deadline = ContinuousClock.now + timeout
        let (connection, manager) = try session.nats()
        defer { connection.close() }
        let postgres = try session.postgres()
        defer { postgres.close() }
        let redis = try session.redis()

        let topology = Topology(try TopologySettings(session.environment))
        let found = try topology.inspect(manager)
        guard let bets = found.bets else {
            throw CommandFailure("\(Topology.betsStream) is not there: run `betctl streams`")
        }
        let cut = AuditCut(
            epoch: bets.createdNanoseconds,
            first: max(1, Int64(bets.firstSequence)),
            last: Int64(bets.lastSequence)
        )
        var report = AuditReport()
        report.epoch = cut.epoch
        report.cut = cut.last

        let journalAudit = journal.map { JournalAudit(postgres: postgres, journal: $0) }
        try journalAudit?.load()
        let arrival = try cut.awaitOutcomes(manager, postgres, until: deadline)
        var unstored: [String] = []
        let before = try checkTables(
            postgres,
            manager,
            cut,
            arrival,
            journalAudit,
            &unstored,
            &report
        )
        let odds = OddsAudit(postgres: postgres, redis: redis, manager: manager, cut: cut)
        for check in try odds.run(
            before: before,
            isComplete: arrival == .complete,
            until: deadline
        ) {
            report.add(check)
        }
        report.add(
            try MoneyAudit(postgres: postgres).messages(
                unstored: unstored,
                isComplete: arrival == .complete,
                until: deadline
            )
        )
        report.add(ServerAudit.topology(found))
        let allowsUnsafe = try session.environment.flag("ALLOW_UNSAFE", default: false)
        report.add(try ServerAudit.durability(postgres, redis, allowsUnsafe: allowsUnsafe))
        return report
    }

    /// Checks the tables in one snapshot.
    ///
    /// - Parameter unstored: gets placed bets whose message had no outcome in that snapshot.
    /// - Returns: the games' totals in it.
    private func checkTables(
        _ postgres: PostgresConnection,
        _ manager: JetStreamManager,
        _ cut: AuditCut,
        _ arrival: AuditCut.Arrival,
        _ journal: JournalAudit?,
        _ unstored: inout [String],
        _ report: inout AuditReport
    ) throws -> OddsFigures {
        try postgres.transaction(isolation: .repeatableRead) { postgres in
            _ = try postgres.run("SET TRANSACTION READ ONLY")
            let tables = TableAudit(postgres: postgres, cut: cut)
            let outcomes = try tables.oneOutcome(arrival)
            // Read after the snapshot: the stream can only have grown.
            let last = try manager.streamInfo(Topology.betsStream)?.lastSequence ?? 0
            let beyond = try tables.beyondStream(Int64(last))
            if let journal {
                report.add(try journal.acknowledged(cut, arrival))
            } else {
                report.add(Invariant.acknowledged.check(.skipped, "needs --journal"))
            }
            let published = PublishedAudit(postgres: postgres, manager: manager, cut: cut)
            report.add(try published.check(hasJournal: journal != nil))
            report.add(
                beyond == 0
                    ? outcomes
                    : Invariant.oneOutcome.check(
                        .violated,
                        "\(beyond) outcomes of sequences the stream never had"
                    )
            )
            report.add(try tables.oneRow())
            report.add(try tables.podTotals())
            report.add(try tables.gameTotals())
            let money = MoneyAudit(postgres: postgres)
            for check in try money.checkTables() { report.add(check) }
            unstored = try money.unstored()
            return try OddsFigures.stored(in: postgres)
        }
    }
}
