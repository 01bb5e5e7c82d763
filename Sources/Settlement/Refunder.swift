package import Jobs
package import Ledger
package import LedgerStore
package import PostgresClient

/// Pays back what nobody matched: after a time, or when the round takes no bets any more.
package struct Refunder: JobHandler {
    private let transactionsMax: Int
    private let report: @Sendable (LedgerStore.Refund) -> Void
    private let reportMatches: @Sendable (Int) -> Void

    package let kind = JobKind.refund
    package let claimsMax = 200

    /// - Parameters:
    ///   - transactionsMax: of matching before it: then others have their turn, and the lease is far
    ///     from its end.
    ///   - report: told what a transaction paid.
    ///   - reportMatches: told how many matches were made before that.
    package init(
        transactionsMax: Int = 8,
        report: @escaping @Sendable (LedgerStore.Refund) -> Void = { _ in },
        reportMatches: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.transactionsMax = transactionsMax
        self.report = report
        self.reportMatches = reportMatches
    }

    package func groups(_ claims: [JobClaim]) -> [[JobClaim]] { byRound(claims) }

    package func work(
        _ claims: [JobClaim],
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard let round = claims.first?.round else { return }
        let store = LedgerStore(connection, isForJobs: true)
        // Bets that were placed before the close have a right to their match.
        if try store.round(round)?.state == .closed {
            let matching = try store.match(round, transactionsMax: transactionsMax)
            reportMatches(matching.matchCount)
            guard matching.isExhausted else { return try JobQueue(connection).release(claims) }
        }
        report(try store.refund(claims))
    }
}
