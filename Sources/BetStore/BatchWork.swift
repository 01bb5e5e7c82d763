import Betting

/// A batch inside its transaction: what is still to be decided, and the result so far.
struct BatchWork {
    let epoch: Int64
    /// Bets that should get a row, in id order.
    private(set) var candidates: [ReceivedBet] = []
    /// Bets whose id has a row of another message, or may have.
    private(set) var contested: [ReceivedBet] = []
    private(set) var known = KnownOutcomes()
    var result = BatchResult()
    /// Stakes of the new rows by market.
    private(set) var stakes: [Market: Stake] = [:]
    private(set) var value = MoneySum.zero
    /// Rejections recorded by this transaction.
    var newlyRejected: [RejectionReason: Int] = [:]

    /// What was staked on a market.
    struct Stake {
        var count = 0
        var amount = MoneySum.zero
    }

    init(epoch: Int64, repeatedCount: Int) {
        self.epoch = epoch
        result.redeliveredCount = repeatedCount
    }

    /// Sets out with those candidates that have no outcome yet.
    mutating func begin(_ all: [ReceivedBet], _ known: KnownOutcomes) {
        self.known = known
        guard !known.isEmpty else {
            candidates = all
            return
        }
        candidates = withoutKnown(all)
    }

    /// Messages that come after a candidate with the same id compete with its row.
    mutating func addContenders(_ contenders: [ReceivedBet]) {
        contested += withoutKnown(contenders)
    }

    private mutating func withoutKnown(_ bets: [ReceivedBet]) -> [ReceivedBet] {
        bets.filter { received in
            guard let kind = known[received.sequence] else { return true }
            redelivered(received.sequence, kind == .stored ? .stored(received.bet) : .none)
            return false
        }
    }

    /// Moves the candidates that meet `condition` to the contested ones.
    mutating func contest(where condition: (ReceivedBet) -> Bool) {
        contested += candidates.filter(condition)
        candidates.removeAll(where: condition)
    }

    /// All candidates have their row.
    mutating func storeCandidates() {
        result.effects.reserveCapacity(result.effects.count + candidates.count)
        for received in candidates {
            result.effects.append((received.sequence, .stored(received.bet)))
            stakes[received.bet.market, default: Stake()].add(received.bet.amount)
            value += received.bet.amount
        }
        result.storedCount += candidates.count
        candidates = []
    }

    /// A sequence that had its outcome before.
    mutating func redelivered(_ sequence: Int64, _ effect: BatchResult.Effect) {
        result.redeliveredCount += 1
        result.effects.append((sequence, effect))
    }

    /// Sequences that were given an outcome without effect on the odds.
    mutating func finish(_ sequences: [Int64]) {
        result.effects += sequences.map { ($0, .none) }
    }
}

extension BatchWork.Stake {
    fileprivate mutating func add(_ stake: Money) {
        count += 1
        amount += stake
    }
}

extension BetBatch {
    /// The batch in two, nil when it has a single message.
    var halves: (BetBatch, BetBatch)? {
        guard count > 1 else { return nil }
        var first = BetBatch(epoch: epoch)
        var second = BetBatch(epoch: epoch)
        let bets = (bets.count + 1) / 2
        let messages = rejected.count / 2
        first.bets = Array(self.bets.prefix(bets))
        second.bets = Array(self.bets.dropFirst(bets))
        first.rejected = Array(rejected.prefix(messages))
        second.rejected = Array(rejected.dropFirst(messages))
        return (first, second)
    }
}

extension BatchResult {
    /// Adds the result of a batch that was written after this one.
    mutating func merge(_ later: BatchResult) {
        effects += later.effects
        rejected += later.rejected
        storedCount += later.storedCount
        duplicateCount += later.duplicateCount
        rejectedCount += later.rejectedCount
        redeliveredCount += later.redeliveredCount
        totals = later.totals
    }
}
