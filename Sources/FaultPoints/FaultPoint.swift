/// A place in the engine's work at which a test build ends or freezes itself when it is told to.
///
/// `FAULT_AT=point[:kill|freeze][:nth]` names it, several of them with commas between; the action is
/// `kill` and the visit the first unless given. A hit is written to the file `FAULT_LOG`, or to
/// standard error, before it takes effect, so that a test can prove it. Release builds neither read
/// these variables nor do anything here: `reach` is empty in them.
package enum FaultPoint: CaseIterable, Hashable, Sendable {
    // MARK: The load simulator
    /// The journal holds what is about to be sent, and nothing of it is sent.
    case tryJournaled
    /// Messages were handed to the connection; no acknowledgement has come.
    case betsPublished
    /// An acknowledgement has come, and the journal does not know it.
    case publishAnswered

    // MARK: A backend stores a batch
    /// A batch was taken, and nothing was done with it.
    case batchTaken
    /// The server waits for the rows of an open COPY.
    case copyOpened
    /// Every row is with the server, in a transaction that is open.
    case rowsCopied
    /// Bets that were there before are about to be told apart from duplicates and conflicts.
    case conflictsFound
    /// A message that is no bet is about to get its row.
    case rejectionFound
    /// Everything but the totals and COMMIT is done.
    case commitPrepared
    /// COMMIT is sent, and the answer was not read.
    case commitSent
    /// COMMIT was answered, and nothing else knows.
    case commitAnswered

    // MARK: A backend answers a batch
    /// A script is sent to Redis, and the answer was not read.
    case scriptSent
    /// The odds counters have the batch.
    case oddsApplied
    /// Copies of what was rejected are on their way; nothing is acknowledged.
    case rejectionsCopied
    /// The acknowledgements are in the connection's buffer.
    case acknowledgementsBuffered
    /// The pod's figures are about to be told.
    case figuresDue

    // MARK: A backend keeps the odds counters
    /// A rebuild has begun to install what Postgres has.
    case rebuildBegun
    /// The repair has found what Redis lacks, and has applied nothing.
    case repairFound

    // MARK: Money moves
    /// Wallets are locked, and nothing was written.
    case walletsLocked
    /// Matches of a round are written, and not committed.
    case matchesWritten
    /// Matches have their outcome, and nobody was paid.
    case matchesClosed
    /// What was open of bets is taken off them, and nobody has it.
    case remainderTaken
    /// Ledger entries and wallets are written.
    case entriesWritten
    /// Everything but COMMIT is done; with `commitSent` after it.
    case moneyCommitDue
    /// COMMIT was answered, and nothing else knows.
    case moneyCommitted

    // MARK: A worker works off jobs
    /// Jobs were claimed, and nothing was done with them.
    case jobsClaimed
    /// Messages of placed bets have their acknowledgement, and the outbox still has them.
    case outboxPublished

    // MARK: A backend shuts down
    /// The queue group is left; batches are at work.
    case groupLeft
    /// Everything is answered but the last figures.
    case drained
}

extension FaultPoint {
    #if DEBUG
        /// As `FAULT_AT` and `FAULT_LOG` name it.
        package var name: String { "\(self)" }

        /// Says that the work has come this far; returns unless the process was to be killed here.
        package func reach() { FaultPlan.ofProcess.visit(self) }

        /// The same when `condition` holds, which release builds do not look at.
        package func reach(if condition: @autoclosure () -> Bool) { if condition() { reach() } }
    #else
        @inlinable
        package func reach() {}

        @inlinable
        package func reach(if condition: @autoclosure () -> Bool) {}
    #endif
}
