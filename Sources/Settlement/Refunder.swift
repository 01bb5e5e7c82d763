package import Jobs
package import Ledger
package import LedgerStore
package import PostgresClient

/// Pays back what nobody matched: after a time, or when the round takes no bets any more.
package struct Refunder: JobHandler {
    private let report: @Sendable (LedgerStore.Refund) -> Void

    package let kind = JobKind.refund
    package let claimsMax = 200

    /// - Parameter report: told what a transaction paid.
    package init(report: @escaping @Sendable (LedgerStore.Refund) -> Void = { _ in }) {
        self.report = report
    }

    package func groups(_ claims: [JobClaim]) -> [[JobClaim]] {
        Array(Dictionary(grouping: claims, by: \.round).values)
    }

    package func work(
        _ claims: [JobClaim],
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard let round = claims.first?.round else { return }
        let store = LedgerStore(connection)
        // Bets that were placed before the close have a right to their match.
        if try store.round(round)?.state == .closed { try store.matchAll(round) }
        report(try store.refund(claims))
    }
}
