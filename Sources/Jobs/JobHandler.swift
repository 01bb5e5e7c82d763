package import Ledger
package import PostgresClient

/// Does the work of one kind of job.
package protocol JobHandler: Sendable {
    var kind: JobKind { get }
    /// How many jobs it takes at once.
    var claimsMax: Int { get }
    /// Which of the jobs that were taken at once share a transaction. A failure costs all of a
    /// group a try.
    func groups(_ claims: [JobClaim]) -> [[JobClaim]]
    /// Does the work of one group and ends its jobs, both in one transaction: `JobQueue.finish`.
    /// Doing it again, or at the same time elsewhere, must change nothing.
    func work(_ claims: [JobClaim], on connection: PostgresConnection) throws(PostgresError)
}

extension JobHandler {
    /// All of them share a transaction.
    package func groups(_ claims: [JobClaim]) -> [[JobClaim]] { [claims] }

    /// For `groups`: the jobs of each round share a transaction.
    package func byRound(_ claims: [JobClaim]) -> [[JobClaim]] {
        Array(Dictionary(grouping: claims, by: \.round).values)
    }
}
