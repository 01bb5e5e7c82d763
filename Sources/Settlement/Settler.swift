package import Jobs
package import Ledger
package import LedgerStore
package import PostgresClient

/// Pays out matches of rounds that have their result.
package struct Settler: JobHandler {
    private let report: @Sendable (LedgerStore.Settlement) -> Void

    package let kind = JobKind.settle
    package let claimsMax = 200

    /// - Parameter report: told what a transaction paid.
    package init(report: @escaping @Sendable (LedgerStore.Settlement) -> Void = { _ in }) {
        self.report = report
    }

    package func work(
        _ claims: [JobClaim],
        on connection: PostgresConnection
    ) throws(PostgresError) {
        report(try LedgerStore(connection, isForJobs: true).settle(claims))
    }
}
