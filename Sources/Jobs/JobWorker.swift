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
            beat()
            try work(group, &attempt, beat)
        }
        return attempt.turn
    }

    /// What the transactions of a turn share.
    private struct Attempt {
        let queue: JobQueue
        /// Later nothing is begun.
        let until: ContinuousClock.Instant
        var turn: Turn

        var isLate: Bool { .now >= until }
    }

    private func work(
        _ group: [JobClaim],
        _ attempt: inout Attempt,
        _ beat: () -> Void
    ) throws(PostgresError) {
        guard !attempt.isLate else { return try attempt.queue.release(group) }
        do throws(PostgresError) {
            try handler.work(group, on: attempt.queue.connection)
        } catch {
            guard attempt.queue.connection.isUsable else { throw error }
            attempt.turn.failure = error
            if error.kind == .retry {
                try takeApart(group, &attempt, beat)
            } else if group.count > 1 {
                for claim in group {
                    beat()
                    try work([claim], &attempt, beat)
                }
            } else {
                attempt.turn.failedCount += group.count
                try attempt.queue.fail(group, reason: "\(error)")
            }
        }
    }

    /// Others were in the way of some of the group, or the server is about to go: none of it is the
    /// jobs' fault, and what nobody is in the way of need not wait.
    private func takeApart(
        _ group: [JobClaim],
        _ attempt: inout Attempt,
        _ beat: () -> Void
    ) throws(PostgresError) {
        let connection = attempt.queue.connection
        _ = try connection.run("SET lock_timeout = \(Self.searchLockMilliseconds)")
        do throws(PostgresError) {
            try workInHalves(group, &attempt, beat)
        } catch {
            if connection.isUsable { _ = try connection.run("RESET lock_timeout") }
            throw error
        }
        _ = try connection.run("RESET lock_timeout")
    }

    private func workInHalves(
        _ group: [JobClaim],
        _ attempt: inout Attempt,
        _ beat: () -> Void
    ) throws(PostgresError) {
        let queue = attempt.queue
        guard group.count > 1 else {
            return try queue.release(group, delayMilliseconds: Self.releaseMilliseconds)
        }
        let middle = group.count / 2
        let halves = [Array(group[..<middle]), Array(group[middle...])]
        guard !attempt.isLate else {
            try queue.release(halves[0], delayMilliseconds: Self.releaseMilliseconds)
            try queue.release(halves[1], delayMilliseconds: Self.lateReleaseMilliseconds)
            return
        }
        for half in halves {
            beat()
            do throws(PostgresError) {
                try handler.work(half, on: queue.connection)
            } catch {
                guard queue.connection.isUsable else { throw error }
                attempt.turn.failure = error
                if error.kind == .retry {
                    try workInHalves(half, &attempt, beat)
                } else {
                    // It comes again without those that were in the way.
                    try queue.release(half, delayMilliseconds: Self.releaseMilliseconds)
                }
            }
        }
    }
}
