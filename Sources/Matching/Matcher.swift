package import Jobs
package import Ledger
import LedgerStore
package import PostgresClient

/// Looks for opponents of placed bets, round by round. A job names a bet, and all that wait in its
/// round are served with it, the oldest first.
package struct Matcher: JobHandler {
    /// Told how many matches a transaction made.
    private let report: @Sendable (Int) -> Void
    private let transactionsMax: Int

    package let kind = JobKind.match
    package let claimsMax = 1_000

    /// - Parameter transactionsMax: of one round at a time: then others have their turn, and the lease
    ///   is far from its end.
    package init(
        transactionsMax: Int = 8,
        report: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.transactionsMax = transactionsMax
        self.report = report
    }

    package func groups(_ claims: [JobClaim]) -> [[JobClaim]] { byRound(claims) }

    package func work(
        _ claims: [JobClaim],
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard let round = claims.first?.round else { return }
        let store = LedgerStore(connection, isForJobs: true)
        for _ in 0..<transactionsMax {
            let matching = try store.matchRound(round, ending: claims)
            report(matching.matchCount)
            if matching.isExhausted { return }
        }
        try JobQueue(connection).release(claims)
    }
}
