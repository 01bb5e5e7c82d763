/// Work that follows from a commit. The raw value is the table's name.
package enum JobKind: String, CaseIterable, Sendable, Hashable {
    /// Look for opponents of a bet.
    case match
    /// Pay out a match of a round that has its result.
    case settle
    /// Pay back what is open of a bet.
    case refund

    /// Seconds until the next attempt after each failed one; a job whose last attempt failed is
    /// dead. Source: docs/adr/0021-jobs.md.
    package var retryDelaysSeconds: [Int] {
        switch self {
        case .match: [1, 2, 4, 8]
        case .settle, .refund: [1, 5, 30, 300]
        }
    }

    /// How often a job is tried in all.
    package var attemptsMax: Int { retryDelaysSeconds.count + 1 }

    /// - Parameter attempts: how many there were, from 1.
    /// - Returns: seconds to wait; nil when there is no further attempt.
    package func delaySeconds(afterAttempts attempts: Int) -> Int? {
        let index = max(attempts, 1) - 1
        return index < retryDelaysSeconds.count ? retryDelaysSeconds[index] : nil
    }
}
