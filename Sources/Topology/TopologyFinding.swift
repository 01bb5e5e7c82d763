package import JetStream

/// A stream or consumer that is not as intended.
package struct TopologyFinding: Sendable, Equatable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        /// Bets could be lost or never arrive: a backend does not start.
        case fatal
        /// Worth a line and a metric. A rollout that changes a setting must not stop both
        /// generations.
        case warning
    }

    /// The stream's or consumer's name.
    package let object: String
    /// Nil when the object is not there at all.
    package let difference: Difference?
    package let severity: Severity

    package var description: String {
        guard let difference else { return "\(severity.rawValue): \(object) is not there" }
        return "\(severity.rawValue): \(object): \(difference)"
    }
}

extension Topology {
    /// Compares a stream with the intention. Fatal for `bets_stream`: memory storage, discard old.
    package func findings(stream actual: StreamConfiguration) -> [TopologyFinding] {
        guard let wanted = streams.first(where: { $0.name == actual.name }) else { return [] }
        let fatal: Set = actual.name == Self.betsStream ? ["storage", "discard"] : []
        return JetStreamManager.differences(wanted: wanted, actual: actual).map {
            TopologyFinding(
                object: actual.name,
                difference: $0,
                severity: fatal.contains($0.field) ? .fatal : .warning
            )
        }
    }

    /// Compares `bets_consumer` with the intention. Fatal: another ack policy, group or filter, a
    /// finite max deliver, a back-off list, an ack wait under 5 s.
    package func findings(consumer actual: ConsumerConfiguration, epoch: Int64)
        -> [TopologyFinding]
    {
        var actual = actual
        // The stream has one subject: to filter by it is to filter nothing.
        if actual.filterSubject == Self.betsSubject { actual.filterSubject = nil }
        let wanted = consumer(epoch: epoch)
        var fatal: Set = [
            "ack_policy", "deliver_group", "filter_subject", "max_deliver", "backoff",
        ]
        if actual.ackWaitMilliseconds < Int64(Self.ackWaitSecondsMin) * 1_000 {
            fatal.insert("ack_wait")
        }
        return JetStreamManager.differences(wanted: wanted, actual: actual).map {
            TopologyFinding(
                object: Self.betsConsumer,
                difference: $0,
                severity: fatal.contains($0.field) ? .fatal : .warning
            )
        }
    }
}
