package import Betting

/// A valid bet of a batch and the stream sequence that brought it. Its market is an index into the
/// batch's table: a batch of thousands has few games, and this stays small.
package struct ReceivedBet: Sendable {
    package let sequence: Int64
    package let id: BetID
    package let amount: Money
    package let placedAt: Timestamp
    /// When the stream stored the message.
    package let publishedAt: Timestamp
    package let userID: Int64?
    /// Index into `BetBatch.markets`.
    package let market: Int32
    package let betType: BetType
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
        sequence: Int64,
        reason: RejectionReason,
        detail: String,
        betID: BetID? = nil,
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
        subject: String,
        headers: [(name: String, value: String)],
        body: [UInt8],
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
    package internal(set) var bets: [ReceivedBet] = []
    package var rejected: [RejectedMessage] = []
    /// A single message that is handled alone, entered in `PoisonAttempts`: the entry goes with the
    /// outcome.
    package var endsAttempt = false
    /// Every bet came by the first delivery of its message, says the server, which may be wrong: a row
    /// of `bets` under its sequence is then not looked for, but met when the bet is stored.
    package var isFresh = false
    /// Every market of `bets` once.
    package internal(set) var markets = MarketTable()

    package init(epoch: Int64) {
        self.epoch = epoch
    }

    package var isEmpty: Bool { bets.isEmpty && rejected.isEmpty }

    package var count: Int { bets.count + rejected.count }

    /// Empties it, keeping the memory of the bets.
    package mutating func removeAll() {
        bets.removeAll(keepingCapacity: true)
        rejected = []
        endsAttempt = false
        isFresh = false
        markets = MarketTable()
    }

    /// - Parameter publishedAt: when the stream stored the message.
    package mutating func append(_ bet: Bet, sequence: Int64, publishedAt: Timestamp) {
        bets.append(
            ReceivedBet(
                sequence: sequence,
                id: bet.id,
                amount: bet.amount,
                placedAt: bet.placedAt,
                publishedAt: publishedAt,
                userID: bet.userID,
                market: markets.index(of: bet.market),
                betType: bet.betType
            )
        )
    }

    /// The bet as it was appended.
    package func bet(_ received: ReceivedBet) -> Bet {
        let market = markets[received.market]
        return Bet(
            id: received.id,
            gameID: market.gameID,
            betType: received.betType,
            selection: market.selection,
            amount: received.amount,
            userID: received.userID,
            placedAt: received.placedAt
        )
    }
}
