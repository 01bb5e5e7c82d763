import Glibc
package import JetStream

extension Topology {
    /// Whether the stream's max age is one that a trim sets for a moment. Installations choose
    /// whole hours, a trim never does.
    package static func isTrimming(_ stream: StreamConfiguration) -> Bool {
        stream.name == betsStream && stream.maxAgeNanoseconds > 0
            && stream.maxAgeNanoseconds % nanosecondsPerHour != 0
    }

    /// Longer than a trim keeps an age, on a machine that is not overloaded.
    private static let trimMicrosecondsMax: UInt32 = 300_000

    /// Gives `bets_stream` its max age back when a trim did not come to its end: every moment that
    /// it stays lowered, more messages leave the stream, needed or not. No two trims set the same
    /// age, so a second look a little later tells one that is at work from one that is not; it
    /// blocks for that time.
    ///
    /// - Parameter stream: as it was a moment ago.
    /// - Returns: whether it had to.
    @discardableResult
    package func endTrim(
        of stream: StreamConfiguration,
        _ manager: JetStreamManager
    ) throws(JetStreamError) -> Bool {
        guard Self.isTrimming(stream) else { return false }
        usleep(Self.trimMicrosecondsMax)
        guard let now = try manager.streamInfo(stream.name)?.configuration,
            now.maxAgeNanoseconds == stream.maxAgeNanoseconds
        else { return false }
        try manager.updateStream(untrimmed(now))
        return true
    }

    /// The same stream with the ages that are meant to last.
    func untrimmed(_ stream: StreamConfiguration) -> StreamConfiguration {
        guard Self.isTrimming(stream) else { return stream }
        var lasting = stream
        lasting.maxAgeNanoseconds = bets.maxAgeNanoseconds
        lasting.duplicateWindowNanoseconds = bets.duplicateWindowNanoseconds
        return lasting
    }
}
