package import ServiceKit

/// What an installation may choose about the streams and the consumer.
package struct TopologySettings: Sendable, Equatable {
    /// Copies of each stream, from `STREAM_REPLICAS`: 1, 3 or 5.
    package var replicas = 1
    /// How long a bet stays in its stream, from `BETS_MAX_AGE_HOURS`. Acknowledged or not, it is gone
    /// afterwards: longer than the longest outage, times two.
    package var betsMaxAgeHours = 24
    /// Size at which `bets_stream` refuses more, from `BETS_MAX_BYTES`. The server reserves it.
    package var betsMaxBytes: Int64 = 2 << 30
    /// Size at which `dead_letters` drops its oldest, from `DEAD_LETTERS_MAX_BYTES`.
    package var deadLettersMaxBytes: Int64 = 256 << 20
    /// After this time without an answer a message goes to another backend, from
    /// `ACK_WAIT_SECONDS`.
    package var ackWaitSeconds = 10
    /// Messages all backends together may hold unanswered, from `MAX_ACK_PENDING`.
    package var maxAckPending = 8_192

    /// The defaults.
    package init() {}

    /// - Throws: an error that names the variable whose value is wrong.
    package init(_ environment: Environment) throws(ConfigurationError) {
        replicas = try environment.integer("STREAM_REPLICAS", default: replicas, in: 1...5)
        guard replicas % 2 == 1 else {
            throw ConfigurationError("STREAM_REPLICAS=\(replicas): 1, 3 or 5 is wanted")
        }
        betsMaxAgeHours = try environment.integer(
            "BETS_MAX_AGE_HOURS",
            default: betsMaxAgeHours,
            in: 1...8_760
        )
        betsMaxBytes = Int64(
            try environment.integer(
                "BETS_MAX_BYTES",
                default: Int(betsMaxBytes),
                in: 1 << 20...1 << 44
            )
        )
        deadLettersMaxBytes = Int64(
            try environment.integer(
                "DEAD_LETTERS_MAX_BYTES",
                default: Int(deadLettersMaxBytes),
                in: 1 << 20...1 << 44
            )
        )
        ackWaitSeconds = try environment.integer(
            "ACK_WAIT_SECONDS",
            default: ackWaitSeconds,
            in: Topology.ackWaitSecondsMin...600
        )
        maxAckPending = try environment.integer(
            "MAX_ACK_PENDING",
            default: maxAckPending,
            in: 1...1_000_000
        )
    }
}
