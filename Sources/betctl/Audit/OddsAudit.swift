import Glibc
import JetStream
import PostgresClient
import RedisClient
import Topology

/// I5 and I6: the projection in Redis beside Postgres.
struct OddsAudit {
    private static let pollMicroseconds: UInt32 = 300_000
    private static let examplesMax = 3

    let postgres: PostgresConnection
    let redis: RedisConnection
    let manager: JetStreamManager
    let cut: AuditCut

    /// Looks again and again until the counters have caught up with `before` and every sequence up
    /// to the cut is applied, or until the deadline. What is counted too much is a violation at once.
    ///
    /// - Parameters:
    ///   - before: what the snapshot of the tables saw.
    ///   - isComplete: every sequence up to the cut has its outcome.
    func run(
        before: OddsFigures,
        isComplete: Bool,
        until deadline: ContinuousClock.Instant
    ) throws -> [AuditCheck] {
        while true {
            let look = try look(before)
            let missing = look.applied.missing(to: cut.last)
            let isSettled = look.comparison.missing.isEmpty && (missing <= 0 || !isComplete)
            if isSettled || !look.comparison.excess.isEmpty || look.surplus > 0
                || ContinuousClock.now >= deadline
            {
                return [counters(look), applied(look, missing, isComplete)]
            }
            usleep(Self.pollMicroseconds)
        }
    }

    private struct Look {
        let comparison: OddsComparison
        let isQuiet: Bool
        let total: Int64
        let games: Int
        let retired: Int
        let applied: AppliedAudit.Applied
        /// Applied sequences that have no outcome.
        let surplus: Int64
    }

    /// Redis first, Postgres afterwards: what is counted was committed before.
    private func look(_ before: OddsFigures) throws -> Look {
        let counted = try OddsFigures.counted(in: redis)
        let last = try manager.streamInfo(Topology.betsStream).map { Int64($0.lastSequence) }
        let applied = try AppliedAudit(redis: redis, epoch: cut.epoch).read(
            cut: cut.last,
            last: last ?? cut.last
        )
        let after = try OddsFigures.stored(in: postgres)
        let outcomes = try postgres.query(Self.outcomes, [.int64(cut.epoch)]).int64(0, 0)
        return Look(
            comparison: OddsComparison(before: before, counters: counted, after: after),
            isQuiet: before == after,
            total: counted.total,
            games: counted.games.count,
            retired: after.retired.count,
            applied: applied,
            surplus: applied.watermark + applied.beyond + applied.beyondCut - outcomes
        )
    }

    private func counters(_ look: Look) -> AuditCheck {
        let problems = look.comparison.excess + look.comparison.missing
        if !problems.isEmpty {
            let rest = problems.count - Self.examplesMax
            let more = rest > 0 ? ["and \(rest) more"] : []
            return Invariant.counters.check(
                problems: problems.prefix(Self.examplesMax) + more,
                else: ""
            )
        }
        let exactness = look.isQuiet ? "exactly" : "within what was committed meanwhile"
        let retired = look.retired > 0 ? " and \(look.retired) without counters" : ""
        return Invariant.counters.check(
            .ok,
            "\(look.total) bets in \(look.games) games\(retired), \(exactness)"
        )
    }

    private func applied(_ look: Look, _ missing: Int64, _ isComplete: Bool) -> AuditCheck {
        var problems: [String] = []
        if look.surplus > 0 { problems.append("\(look.surplus) applied without an outcome") }
        if missing > 0, isComplete { problems.append("\(missing) outcomes not applied") }
        if missing > 0, !isComplete, problems.isEmpty {
            return Invariant.applied.check(.undecided, "\(missing) not applied or without outcome")
        }
        let summary = "watermark \(look.applied.watermark), \(look.applied.beyond) beyond it"
        return Invariant.applied.check(problems: problems, else: summary)
    }

    private static let outcomes: Statement = """
        SELECT (SELECT count(*) FROM bets WHERE stream_epoch = $1::bigint)
            + (SELECT count(*) FROM duplicate_bets WHERE stream_epoch = $1::bigint)
            + (SELECT count(*) FROM rejected_bets WHERE stream_epoch = $1::bigint)
            + (SELECT count(*) FROM lost_sequences WHERE stream_epoch = $1::bigint)
        """
}
