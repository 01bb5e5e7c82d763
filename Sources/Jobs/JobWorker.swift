import FaultPoints
package import Ledger
package import PostgresClient

/// Takes jobs of one kind and sees to it that each ends, comes again or is dead. Keeps nothing: any
/// number may run, anywhere.
package struct JobWorker: Sendable {
    /// Before jobs that others were in the way of are taken again.
    private static let releaseMilliseconds = 200
    /// … and before the second half of a group for which there was no time to be taken apart: it is
    /// taken by itself then.
    private static let lateReleaseMilliseconds = 2_000
    /// While a group is taken apart, to find who is in the way.
    private static let searchLockMilliseconds = 100
    /// What begins within this time ends within the lease, as far as waiting for locks goes.
    private static let beginWithin = Duration.seconds(JobQueue.leaseSeconds / 2)

    /// What one turn did.
    package struct Turn: Sendable {
        package var claimedCount = 0
        /// Attempts that failed and count.
        package var failedCount = 0
        /// Of a failure, for the log; the last one.
        package var failure: PostgresError?

        package init() {}
    }

    private let handler: any JobHandler

    package var kind: JobKind { handler.kind }

    package init(_ handler: any JobHandler) { self.handler = handler }

    /// Takes what is due and works on it.
    ///
    /// - Parameter beat: called before each transaction.
    /// - Throws: what the connection throws, kind `retry`: what was taken comes again when its lease
    ///   is over, at the latest.
    package func turn(
        on connection: PostgresConnection,
        beat: () -> Void = {}
    ) throws(PostgresError) -> Turn {
        let queue = JobQueue(connection)
        let claims = try queue.claim(handler.kind, limit: handler.claimsMax)
        var turn = Turn()
        turn.claimedCount = claims.count
        guard !claims.isEmpty else { return turn }
        FaultPoint.jobsClaimed.reach()
        var attempt = Attempt(queue: queue, until: .now + Self.beginWithin, turn: turn)
        for group in handler.groups(claims) {
            do throws(PostgresError) {
                try work(group, &attempt, beat)
            } catch {
                if connection.isUsable { try attempt.endSearch() }
                throw error
            }
            try attempt.endSearch()
        }
        return attempt.turn
    }

    /// What the transactions of a turn share.
    private struct Attempt {
        let queue: JobQueue
        /// Later nothing is begun.
        let until: ContinuousClock.Instant
        var turn: Turn
        /// Locks are waited for briefly: a group is taken apart.
        private var isSearching = false

        init(queue: JobQueue, until: ContinuousClock.Instant, turn: Turn) {
            self.queue = queue
            self.until = until
            self.turn = turn
        }

        var isLate: Bool { .now >= until }

        mutating func beginSearch() throws(PostgresError) {
            guard !isSearching else { return }
            isSearching = true
            let limit = JobWorker.searchLockMilliseconds
            _ = try queue.connection.run("SET lock_timeout = \(limit)")
        }

        mutating func endSearch() throws(PostgresError) {
            guard isSearching else { return }
            isSearching = false
            _ = try queue.connection.run("RESET lock_timeout")
        }
    }

    /// - Parameter lateMilliseconds: before it is taken again, if there is no time for it now.
    private func work(
        _ group: [JobClaim],
        lateMilliseconds: Int = 0,
        _ attempt: inout Attempt,
        _ beat: () -> Void
    ) throws(PostgresError) {
        let queue = attempt.queue
        guard !attempt.isLate else {
            return try queue.release(group, delayMilliseconds: lateMilliseconds)
        }
        beat()
        do throws(PostgresError) {
            try handler.work(group, on: queue.connection)
        } catch {
            guard queue.connection.isUsable else { throw error }
            attempt.turn.failure = error
            switch (error.kind, group.count) {
            case (.retry, 1):
                // Others were in the way, or the server is about to go: it is not the job's fault.
                try queue.release(group, delayMilliseconds: Self.releaseMilliseconds)
            case (.retry, _):
                // … and what nobody is in the way of need not wait.
                try attempt.beginSearch()
                let middle = group.count / 2
                let (first, second) = (Array(group[..<middle]), Array(group[middle...]))
                try work(first, lateMilliseconds: Self.releaseMilliseconds, &attempt, beat)
                try work(second, lateMilliseconds: Self.lateReleaseMilliseconds, &attempt, beat)
            case (_, 1):
                attempt.turn.failedCount += 1
                try queue.fail(group, reason: "\(error)")
            default:
                for claim in group {
                    try work(
                        [claim],
                        lateMilliseconds: Self.releaseMilliseconds,
                        &attempt,
                        beat
                    )
                }
            }
        }
    }
}
