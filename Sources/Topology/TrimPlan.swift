/// Which max age frees a stretch of `bets_stream` and nothing that is still needed. Pure; all times
/// are the server's, nanoseconds since 1970.
///
/// A server applies a lowered max age to its own clock when it gets to it, and on 2.9 and 2.15 once
/// more before it takes the change back. So it frees what is older than the moment it works, less
/// the age: a little more than was asked for, by the time this takes. `marginNanoseconds` is what
/// lies between the newest message that is to go and the oldest that must stay.
struct TrimPlan {
    static let marginNanoseconds: Int64 = 2 * nanosecondsPerSecond
    /// The least max age that nats-server takes.
    static let ageNanosecondsMin: Int64 = 100_000_000

    private static let nanosecondsPerSecond: Int64 = 1_000_000_000

    /// The server's clock.
    var now: Int64
    /// When the oldest message was stored.
    var first: Int64
    /// When the first message was stored that shall stay for the stream to be as empty as wished.
    var wished: Int64
    /// When the oldest message was stored that must stay; nil when none must.
    var needed: Int64?
    /// Nothing younger than this goes.
    var keepNanoseconds: Int64

    /// The max age to set for a moment; nil when there is nothing that may go.
    var ageNanoseconds: Int64? {
        let limit = min(needed ?? now, now) - Self.marginNanoseconds
        let cut = min(wished, limit, now - keepNanoseconds)
        guard cut > first else { return nil }
        let age = max(now - cut, Self.ageNanosecondsMin)
        // Whole hours are what a person sets.
        return age % Topology.nanosecondsPerHour == 0 ? age + 1 : age
    }
}
