package import Betting

/// A valid bet and the stream sequence that brought it.
package struct ReceivedBet: Sendable {
    package let sequence: Int64
    package let bet: Bet

    package init(sequence: Int64, bet: Bet) {
        self.sequence = sequence
        self.bet = bet
    }
}

/// A message that could not be a bet, as it came.
package struct RejectedMessage: Sendable {
    package let sequence: Int64
    package let reason: RejectionReason
    /// What and where, for a person; never the payload.
    package let detail: String
    /// The bet's id where it could be read.
    package let betID: BetID?
    package let message: RawMessage

    package init(
        sequence: Int64, reason: RejectionReason, detail: String, betID: BetID? = nil,
        message: RawMessage
    ) {
        self.sequence = sequence
        self.reason = reason
        self.detail = detail
        self.betID = betID
        self.message = message
    }
}

/// A message of the stream, whole.
package struct RawMessage: Sendable {
    package let subject: String
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]
    /// When the stream stored it.
    package let publishedAt: Timestamp

    package init(
        subject: String, headers: [(name: String, value: String)], body: [UInt8],
        publishedAt: Timestamp
    ) {
        self.subject = subject
        self.headers = headers
        self.body = body
        self.publishedAt = publishedAt
    }
}

/// Messages of one stream epoch that get their outcomes in one transaction.
package struct BetBatch: Sendable {
    /// Creation time of the stream in nanoseconds since 1970.
    package let epoch: Int64
    package var bets: [ReceivedBet] = []
    package var rejected: [RejectedMessage] = []

    package init(epoch: Int64) {
        self.epoch = epoch
    }

    package var isEmpty: Bool { bets.isEmpty && rejected.isEmpty }

    package var count: Int { bets.count + rejected.count }
}
