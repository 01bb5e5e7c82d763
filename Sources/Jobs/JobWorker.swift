import FaultPoints
package import Ledger
package import PostgresClient

/// Takes jobs of one kind and sees to it that each ends, comes again or is dead. Keeps nothing: any
/// number may run, anywhere.
package struct JobWorker: Sendable {
    /// Before jobs that others were in the way of are taken again.
    private static let releaseMilliseconds = 200

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
    /// - Throws: what the connection throws, kind `retry`: what was taken comes again when its lease
    ///   is over, at the latest.
    package func turn(on connection: PostgresConnection) throws(PostgresError) -> Turn {
        let queue = JobQueue(connection)
        let claims = try queue.claim(handler.kind, limit: handler.claimsMax)
        var turn = Turn()
        turn.claimedCount = claims.count
        guard !claims.isEmpty else { return turn }
        FaultPoint.jobsClaimed.reach()
        for group in handler.groups(claims) { try work(group, queue, &turn) }
        return turn
    }

    private func work(
        _ group: [JobClaim],
        _ queue: JobQueue,
        _ turn: inout Turn
    ) throws(PostgresError) {
        do throws(PostgresError) {
            try handler.work(group, on: queue.connection)
        } catch {
            guard queue.connection.isUsable else { throw error }
            turn.failure = error
            if error.kind == .retry {
                // Others were in the way, or the server is about to go: none of it is the jobs' fault.
                try queue.release(group, delayMilliseconds: Self.releaseMilliseconds)
            } else if group.count > 1 {
                for claim in group { try work([claim], queue, &turn) }
            } else {
                turn.failedCount += group.count
                try queue.fail(group, reason: "\(error)")
            }
        }
    }
}
