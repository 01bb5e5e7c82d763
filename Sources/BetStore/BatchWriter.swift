import Betting
import FaultPoints
package import PostgresClient

/// Gives every message of a batch its outcome, in one transaction.
///
/// A sequence gets one outcome ever: a row in `bets`, `duplicate_bets` or `rejected_bets`. Writing
/// a batch again, by this pod or another, adds nothing. Used by one thread at a time.
package final class BatchWriter {
    /// Finds a message of the stream again by its sequence; nil when it cannot be had now.
    package typealias OriginalMessage = (Int64) -> RawMessage?

    /// How rows get into the table, from the fastest to the one that cannot fail on a conflict.
    private enum Path {
        /// COPY, trusting that no id is there yet.
        case copy
        /// Ids that are there already are looked up first; COPY brings the others.
        case checkedCopy
        /// INSERT … ON CONFLICT DO NOTHING, which also waits for rows of open transactions.
        case insert

        var afterConflict: Path? {
            switch self {
            case .copy: .checkedCopy
            case .checkedCopy: .insert
            case .insert: nil
            }
        }
    }

    /// After a conflict, this many batches look ids up first: duplicates come in company.
    private static let cautiousBatchesAfterConflict = 64

    /// Time that asking for originals may take of one call: its rows are locked meanwhile, and
    /// Postgres hangs up on a transaction that idles.
    private static let originalsTimeMax = Duration.seconds(2)

    let boot: Boot
    private let podIDBytes: [UInt8]
    private let original: OriginalMessage
    private let beat: () -> Void
    private var cautiousBatches = 0
    /// What showed that the stream gave a sequence away twice, once `write` has met it: it is written
    /// down, and every later call meets it again.
    package private(set) var streamLoss: String?
    /// Rows refused by each constraint since a batch was last stored without a refusal.
    var refusedRows: [String: Int] = [:]
    private var originalsTimeLeft = BatchWriter.originalsTimeMax
    private let lateAfter: Duration

    /// - Parameter original: asked for the bodies of id conflicts, which are not kept on the way. When
    ///   it takes too long, the bet's fields are recorded instead.
    /// - Parameter beat: called before each part of a batch that has to be taken apart: that takes
    ///   long, and is no hang.
    /// - Parameter lateAfter: a transaction that took so long looks again, before its COMMIT, whether
    ///   others have given a sequence another outcome meanwhile: its process may have stood still.
    package init(
        boot: Boot,
        beat: @escaping () -> Void = {},
        lateAfter: Duration = .seconds(2),
        original: @escaping OriginalMessage
    ) {
        self.boot = boot
        podIDBytes = Array(boot.podID.utf8)
        self.beat = beat
        self.lateAfter = lateAfter
        self.original = original
    }

    /// Writes the batch. On an error nothing of it is known to be stored, and the whole batch may
    /// be written again, on another connection too.
    ///
    /// - Throws: kind `stop` also when one constraint refuses row after row; up to
    ///   `refusedRowsMax` of them are then in `rejected_bets`. And when a sequence has the outcome
    ///   of another message: `streamLoss` is set.
    package func write(
        _ batch: BetBatch,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult {
        originalsTimeLeft = Self.originalsTimeMax
        let refusedBefore = refusedRows
        let result = try writeParts(batch, on: connection)
        if refusedRows == refusedBefore, result.storedCount > 0 { refusedRows = [:] }
        return result
    }

    func writeParts(
        _ batch: BetBatch,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult {
        beat()
        do {
            return try writeWhole(batch, on: connection)
        } catch {
            guard error.kind == .reject, !error.isSchemaMismatch else { throw error }
            return try writeAround(batch, error, on: connection)
        }
    }

    private func writeWhole(
        _ batch: BetBatch,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult {
        let plan = BatchPlan(batch)
        var path = cautiousBatches > 0 ? Path.checkedCopy : .copy
        while true {
            do {
                return try writeOnce(batch, plan, path, on: connection)
            } catch {
                connection.rollBack()
                if let streamLoss {
                    // Whoever meets it next says so too, if this cannot be written now.
                    try? StreamEnd.record(streamLoss, epoch: batch.epoch, on: connection)
                }
                guard error.isUniqueViolation, let next = path.afterConflict else { throw error }
                cautiousBatches = Self.cautiousBatchesAfterConflict
                path = next
            }
        }
    }

    // MARK: One transaction

    private func writeOnce(
        _ batch: BetBatch,
        _ plan: BatchPlan,
        _ path: Path,
        on connection: PostgresConnection
    ) throws(PostgresError) -> BatchResult {
        var work = BatchWork(batch, repeatedCount: plan.repeatedCount)
        let begin = KnownOutcomes.begin(
            epoch: batch.epoch,
            ranges: plan.ranges,
            storedRanges: path == .copy ? plan.suspectRanges : plan.ranges
        )
        switch path {
        case .copy:
            try copy(begin, plan, &work, on: connection)
        case .checkedCopy:
            try look(begin, plan, &work, on: connection)
            let stored = try storedBets(work.candidates.map { work.bet($0).id }, on: connection)
            let isNew = stored.isEmpty && work.candidates.count == plan.candidates.count
            if isNew { cautiousBatches -= 1 } else { beCautious() }
            work.contest { stored[$0.id] != nil }
            try copy(Script(), plan, &work, on: connection)
        case .insert:
            try look(begin, plan, &work, on: connection)
            try insert(&work, on: connection)
        }
        FaultPoint.rowsCopied.reach()
        work.addContenders(plan.contenders)
        try settleContested(&work, on: connection)
        try reject(batch.rejected, &work, on: connection)
        if work.begunAt.duration(to: .now) >= lateAfter {
            try expectOneOutcome(work, on: connection)
        }
        try insistOnSameMessages(work)
        try commit(&work, on: connection)
        try recallRejected(&work, on: connection)
        return work.result
    }

    /// Ends the transaction when a sequence of the batch has the outcome of another message.
    private func insistOnSameMessages(_ work: BatchWork) throws(PostgresError) {
        guard let sequence = work.foreign else { return }
        let loss = StreamEnd.foreign(sequence)
        streamLoss = loss
        throw .stop(loss)
    }

    private func beCautious() { cautiousBatches = Self.cautiousBatchesAfterConflict }

    private func look(
        _ script: Script,
        _ plan: BatchPlan,
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        let results = try connection.run(script)
        work.begin(plan.candidates, try KnownOutcomes(results[2]))
        try insistOnSameMessages(work)
    }

    /// Brings the candidates by COPY after `first`. When that begins the transaction, its third result
    /// says which candidates have their outcome already.
    private func copy(
        _ first: Script,
        _ plan: BatchPlan,
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        var script = first
        script.append(BetRows.copy(rowCount: plan.candidates.count))
        do {
            _ = try connection.copy(script) { results, buffer in
                if results.count > 2 {
                    work.begin(plan.candidates, try KnownOutcomes(results[2]))
                    try insistOnSameMessages(work)
                }
                FaultPoint.copyOpened.reach()
                for index in work.candidates {
                    BetRows.append(work.bet(index), of: work.batch, podID: podIDBytes, to: &buffer)
                }
            }
        } catch let error as PostgresError {
            throw error
        } catch {
            throw .stop("\(error)")
        }
        work.storeCandidates()
    }

    private func insert(
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        let rows = try connection.query(
            BetRows.insert,
            BetRows.insertParameters(
                work.candidates.map { work.bet($0) },
                of: work.batch,
                podID: boot.podID
            )
        )
        var inserted: Set<Int64> = []
        for row in 0..<rows.rowCount { inserted.insert(try rows.int64(row, 0)) }
        work.contest { !inserted.contains($0.sequence) }
        work.storeCandidates()
    }

    private func storedBets(
        _ ids: [BetID],
        on connection: PostgresConnection
    ) throws(PostgresError) -> [BetID: StoredBet] {
        guard !ids.isEmpty else { return [:] }
        let rows = try connection.query(
            BetRows.selectByID,
            [.uuidArray(ids.map { ($0.high, $0.low) })]
        )
        var stored: [BetID: StoredBet] = [:]
        for row in 0..<rows.rowCount {
            if let bet = try BetRows.stored(rows, row) { stored[bet.id] = bet }
        }
        return stored
    }

    /// Decides about messages whose id has a row: in a statement of its own, after the insert, so
    /// that it sees what others committed meanwhile.
    private func settleContested(
        _ work: inout BatchWork,
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard !work.contested.isEmpty else { return }
        FaultPoint.conflictsFound.reach()
        let stored = try storedBets(work.contested.map { work.bet($0).id }, on: connection)
        var duplicates: [ReceivedBet] = []
        var conflicts: [RejectedMessage] = []
        for index in work.contested {
            let received = work.bet(index)
            guard let row = stored[received.id] else {
                throw PostgresError.tryAgain(
                    "a conflicting bet vanished before it could be compared"
                )
            }
            if row.epoch == work.batch.epoch && row.sequence == received.sequence {
                work.storedBefore(received)
            } else if row.bet == work.batch.bet(received) {
                duplicates.append(received)
            } else {
                conflicts.append(
                    rejection(
                        of: received,
                        in: work.batch,
                        reason: .idConflict,
                        detail: "id: another bet with other content has it, "
                            + "sequence \(row.sequence)"
                    )
                )
            }
        }
        try insertDuplicates(duplicates, &work, on: connection)
        try reject(conflicts, &work, on: connection)
    }

    func rejection(
        of received: ReceivedBet,
        in batch: BetBatch,
        reason: RejectionReason,
        detail: String
    ) -> RejectedMessage {
        RejectedMessage(
            sequence: received.sequence,
            reason: reason,
            detail: detail,
            betID: received.id,
            message: originalInTime(received.sequence)
                ?? RawMessage(
                    rebuiltFrom: batch.bet(received),
                    publishedAt: received.publishedAt
                )
        )
    }

    private func originalInTime(_ sequence: Int64) -> RawMessage? {
        guard originalsTimeLeft > .zero else { return nil }
        let since = ContinuousClock.now
        defer { originalsTimeLeft -= since.duration(to: .now) }
        return original(sequence)
    }
}
