package import Jobs
package import Ledger
import LedgerStore
package import PostgresClient

/// Looks for opponents of placed bets, round by round. A job names a bet, and all that wait in its
/// round are served with it, the oldest first.
package struct Matcher: JobHandler {
    /// Told how many matches a transaction made.
    private let report: @Sendable (Int) -> Void

    package let kind = JobKind.match
    package let claimsMax = 1_000

    package init(report: @escaping @Sendable (Int) -> Void = { _ in }) { self.report = report }

    package func groups(_ claims: [JobClaim]) -> [[JobClaim]] { byRound(claims) }

    package func work(
        _ claims: [JobClaim],
        on connection: PostgresConnection
    ) throws(PostgresError) {
        guard let round = claims.first?.round else { return }
        let store = LedgerStore(connection)
        while true {
            let matching = try store.matchRound(round, ending: claims)
            report(matching.matchCount)
            if matching.isExhausted { return }
        }
    }
}
