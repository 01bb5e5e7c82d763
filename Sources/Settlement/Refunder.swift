package import Jobs
package import Ledger
package import LedgerStore
package import PostgresClient

/// Pays back what nobody matched: after a time, or when the round takes no bets any more.
package struct Refunder: JobHandler {
    private let report: @Sendable (LedgerStore.Refund) -> Void
    private let reportMatches: @Sendable (Int) -> Void

    package let kind = JobKind.refund
    package let claimsMax = 200

    /// - Parameters:
    ///   - report: told what a transaction paid.
    ///   - reportMatches: told how many matches were made before that.
    package init(
        report: @escaping @Sendable (LedgerStore.Refund) -> Void = { _ in },
        reportMatches: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.report = report
        self.reportMatches = reportMatches
    }

    package func groups(_ claims: [JobClaim]) -> [[JobClaim]] { byRound(claims) }

    package func work(
        _ claims: [JobClaim],
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard let round = claims.first?.round else { return }
        let store = LedgerStore(connection)
        // Bets that were placed before the close have a right to their match.
        if try store.round(round)?.state == .closed { reportMatches(try store.matchAll(round)) }
        report(try store.refund(claims))
    }
}
