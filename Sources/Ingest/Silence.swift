/// For how long the starts that tried a message alone have given no sign of life. Pure.
///
/// A start that lives renews its attempt at least each 12 s while Postgres answers: a statement ends
/// after 5 s at the latest, a connection after as long, and it tries again after 2 s.
struct Silence: Sendable {
    /// So long without a sign means that they ended.
    static let enough = Duration.seconds(30)
    /// Looks that lie further apart tell nothing about the time between: Postgres may have been
    /// away, for them as for this start.
    static let gapMax = Duration.seconds(5)

    private var lastSign: Int64?
    private var since = ContinuousClock.now
    private var lookedAt = ContinuousClock.now

    /// Notes the last sign of life as it is seen now.
    ///
    /// - Returns: for how long nothing else was seen.
    mutating func look(_ sign: Int64, at now: ContinuousClock.Instant) -> Duration {
        if sign != lastSign || lookedAt.duration(to: now) > Self.gapMax {
            lastSign = sign
            since = now
        }
        lookedAt = now
        return since.duration(to: now)
    }
}
