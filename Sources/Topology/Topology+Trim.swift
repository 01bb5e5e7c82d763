package import JetStream

extension Topology {
    /// Whether the stream's max age is one that a trim sets for a moment. Installations choose
    /// whole hours, a trim never does.
    package static func isTrimming(_ stream: StreamConfiguration) -> Bool {
        stream.name == betsStream && stream.maxAgeNanoseconds > 0
            && stream.maxAgeNanoseconds % nanosecondsPerHour != 0
    }

    /// Gives `bets_stream` its max age back when a trim did not come to its end: every moment that
    /// it stays lowered, more messages leave the stream, needed or not.
    ///
    /// - Returns: whether it had to.
    @discardableResult
    package func endTrim(
        of stream: StreamConfiguration,
        _ manager: JetStreamManager
    ) throws(JetStreamError) -> Bool {
        guard Self.isTrimming(stream) else { return false }
        try manager.updateStream(untrimmed(stream))
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
