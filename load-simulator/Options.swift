package import BetCodec
package import Betting

/// What decides the messages: the same content and seed make the same ones, byte for byte.
package struct Content: Hashable, Sendable {
    /// Of every random choice; nil until one was drawn.
    package var seed: UInt64?
    /// Games to bet on; one game is the seed program's `game_123`, more are `game_1` and so on.
    package var games: UInt64 = 1
    /// Users 1 to this; 0 leaves the field out.
    package var users: UInt64 = 0
    /// Selections `selection_1` and so on; 0 leaves the field out.
    package var selections: UInt64 = 0
    package var betTypes: [BetType] = [.moneyline]
    package var encoding = ContentType.json
    /// The share of messages that repeat an earlier bet.
    package var duplicates = 0.0
    /// The share of messages that are no bets.
    package var malformed = 0.0

    package init() {}
}

/// When the messages are due.
package struct Pace: Hashable, Sendable {
    /// Messages a second, nil for as fast as acknowledgements allow.
    package var rate: Double?
    /// The time in which the rate grows from 0, in seconds.
    package var rampSeconds = 0.0

    package init() {}
}

/// Everything a run needs to know.
package struct Options: Hashable, Sendable {
    package var content = Content()
    package var pace = Pace()
    /// Messages to send; 0 for as many as there is time for.
    package var count: UInt64 = 0
    package var subject = "bets"
    package var stream = "bets_stream"
    package var connections = 1
    /// Unanswered publishes, over all connections.
    package var window = 4096
    package var acknowledgementTimeoutMilliseconds = 5_000
    /// How often an unknown outcome is tried again before it counts.
    package var retries = 10
    /// Where to write what was sent and what became of it.
    package var journal: String?
    /// Whose unanswered messages to send again.
    package var resume: String?

    package init() {}
}
