import Synchronization

/// How often one user may ask: a bucket of tokens for each, refilled at a steady pace.
///
/// The table is bounded: of more users than it holds, those that have been quiet longest are
/// forgotten, and begin with a full bucket.
final class UserLimits: Sendable {
    private struct Bucket {
        var tokens: Double
        var at: ContinuousClock.Instant
    }

    /// Two generations: when the younger is full it becomes the older, and what nobody asked for
    /// since is dropped.
    private struct Table {
        var young: [Int64: Bucket] = [:]
        var old: [Int64: Bucket] = [:]
    }

    private let perSecond: Double
    private let burst: Double
    private let generationMax: Int
    private let table = Mutex(Table())

    /// - Parameters:
    ///   - perSecond: requests of one user in the long run.
    ///   - burst: requests at once after a rest.
    ///   - usersMax: users that are remembered.
    init(perSecond: Int, burst: Int, usersMax: Int = 100_000) {
        self.perSecond = Double(max(1, perSecond))
        self.burst = Double(max(1, burst))
        generationMax = max(1, usersMax / 2)
    }

    /// Takes a token.
    ///
    /// - Returns: nil when there was one, else the seconds until there is.
    func take(user: Int64, at now: ContinuousClock.Instant) -> Int? {
        table.withLock { table in
            var bucket = table.young[user] ?? table.old[user] ?? Bucket(tokens: burst, at: now)
            let elapsed = bucket.at.duration(to: now) / .seconds(1)
            bucket.tokens = min(burst, bucket.tokens + max(0, elapsed) * perSecond)
            bucket.at = now
            let isAllowed = bucket.tokens >= 1
            if isAllowed { bucket.tokens -= 1 }
            if table.young[user] == nil, table.young.count >= generationMax {
                table.old = table.young
                table.young = [:]
            }
            table.young[user] = bucket
            return isAllowed ? nil : Int(((1 - bucket.tokens) / perSecond).rounded(.up))
        }
    }

    /// Users that are remembered now.
    var userCount: Int { table.withLock { $0.young.count + $0.old.count } }
}
