package import Betting

/// A bet that a user asks for. The amount was judged by `BetLimits` already.
package struct Placement: Hashable, Sendable {
    /// Made by whoever takes the request, before the first attempt: a repetition is the same bet.
    package let betID: BetID
    package let user: UserID
    package let round: Identifier
    package let side: Side
    package let stake: Money
    package let key: IdempotencyKey
    /// Of the request's content; a digest of 32 bytes, say.
    package let requestHash: [UInt8]

    package init(
        betID: BetID,
        user: UserID,
        round: Identifier,
        side: Side,
        stake: Money,
        key: IdempotencyKey,
        requestHash: [UInt8]
    ) {
        self.betID = betID
        self.user = user
        self.round = round
        self.side = side
        self.stake = stake
        self.key = key
        self.requestHash = requestHash
    }
}

/// What a client names its request, so that sending it again does nothing again. It is the user's
/// own: two users may have the same.
package struct IdempotencyKey: Hashable, Sendable {
    /// Which request, as in `POST /api/bets`.
    package let endpoint: String
    /// The client's text, 1–255 characters.
    package let text: String

    package init(endpoint: String, text: String) {
        self.endpoint = endpoint
        self.text = text
    }
}

/// The answer that a request got, kept for when it is sent again.
package struct StoredAnswer: Hashable, Sendable {
    /// As in HTTP.
    package let status: Int
    package let body: String

    package init(status: Int, body: String) {
        self.status = status
        self.body = body
    }
}

/// What became of a placement. Only `accepted` changed anything.
package enum PlacementOutcome: Hashable, Sendable {
    /// The stake is off the wallet, which has `balance` left.
    case accepted(balance: MoneySum)
    /// The wallet has less than the stake.
    case insufficient(balance: MoneySum)
    case roundUnknown
    /// The round takes no bets any more.
    case roundClosed
    /// The same request was accepted before, and this was the answer.
    case replayed(StoredAnswer)
    /// The key belongs to another request.
    case keyConflict
    /// The database does not take it, for a reason that is none of the others; safe to log.
    case refused(String)
}
