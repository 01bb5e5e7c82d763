package import PostgresClient
package import RedisClient

/// Why the odds projection could not be used or kept up.
package enum OddsError: Error, Sendable {
    /// Redis failed. Whether a change was made is unknown; applying it again is safe.
    case redis(RedisError)
    /// Postgres failed.
    case postgres(PostgresError)
    /// A key of the projection holds what it should not, or a total has no headroom left. Nothing
    /// was changed; the comparer finds it and rebuilds.
    case refused(key: String)
    /// A game or selection is empty, longer than 64 or has a character outside `A–Z a–z 0–9 _ . : -`.
    case badName
    /// A sequence below 1, or an amount or sum below 0 or beyond what the projection can count.
    case outOfRange
    /// Another process began a rebuild, or Redis lost its data, while this one was rebuilding.
    case rebuildOvertaken
}

extension OddsError: CustomStringConvertible {
    /// Safe to log: names keys and games, never amounts.
    package var description: String {
        switch self {
        case .redis(let error): error.description
        case .postgres(let error): error.description
        case .refused(let key): "the odds projection is damaged at \(key)"
        case .badName: "a game or selection has a name the odds projection cannot hold"
        case .outOfRange: "a sequence or an amount is out of the odds projection's range"
        case .rebuildOvertaken: "the rebuild of the odds projection was overtaken"
        }
    }
}
