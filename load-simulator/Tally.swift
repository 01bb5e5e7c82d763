package import Statistics

/// What became of messages.
package struct Tally: Sendable {
    /// Messages handed to NATS at least once.
    package var published: UInt64 = 0
    package var acknowledged: UInt64 = 0
    package var refused: UInt64 = 0
    /// May be in the stream or not, for good.
    package var unknown: UInt64 = 0
    /// Acknowledgements by which the stream said that it had the id already.
    package var duplicates: UInt64 = 0
    /// Publishes repeated after an unknown outcome.
    package var repeated: UInt64 = 0
    package var latency = LatencyHistogram()
    /// Why the last refused one was.
    package var lastRefusal: String?

    package init() {}

    /// Messages that still wait for their outcome.
    package var open: UInt64 { published - acknowledged - refused - unknown }

    package mutating func add(_ other: Tally) {
        published += other.published
        acknowledged += other.acknowledged
        refused += other.refused
        unknown += other.unknown
        duplicates += other.duplicates
        repeated += other.repeated
        latency.merge(other.latency)
        lastRefusal = other.lastRefusal ?? lastRefusal
    }
}
