import Betting

/// A batch inside its transaction: what is still to be decided, and the result so far.
struct BatchWork {
    let batch: BetBatch
    /// Before it was known which sequences had an outcome already.
    let begunAt = ContinuousClock.now
    /// Bets that should get a row, in id order, as indices into the batch.
    private(set) var candidates: [Int32] = []
    /// Bets whose id has a row of another message, or may have.
    private(set) var contested: [Int32] = []
    private(set) var known = KnownOutcomes()
    var result: BatchResult
    /// Stakes of the new rows, by the market's number.
    private(set) var stakes: [Stake] = []
    private(set) var value = MoneySum.zero
    /// Bets whose sequence has a rejection as its outcome already.
    private(set) var rejectedBefore: [ReceivedBet] = []
    /// A sequence that has the outcome of another message: nothing of the batch may be committed.
    private(set) var foreign: Int64?
    /// Rejections recorded by this transaction.
    private(set) var newlyRejected: [RejectionReason: Int] = [:]
    /// Outcomes that this transaction gives, at most: some that it cannot tell from those that were
    /// there are left out.
    private(set) var newOutcomes = OutcomeBlocks()

    /// What was staked on a market.
    struct Stake {
        var count = 0
        var amount = MoneySum.zero
    }

    init(_ batch: BetBatch, repeatedCount: Int) {
        self.batch = batch
        result = BatchResult(epoch: batch.epoch, markets: batch.markets)
        result.redeliveredCount = repeatedCount
        stakes = Array(repeating: Stake(), count: batch.markets.count)
    }

    func bet(_ index: Int32) -> ReceivedBet { batch.bets[Int(index)] }

    /// Sets out with those candidates that have no outcome yet.
    mutating func begin(_ all: [Int32], _ known: KnownOutcomes) {
        self.known = known
        candidates = known.isEmpty ? all : withoutKnown(all)
    }

    /// Messages that come after a candidate with the same id compete with its row.
    mutating func addContenders(_ contenders: [Int32]) {
        contested += withoutKnown(contenders)
    }

    private mutating func withoutKnown(_ indices: [Int32]) -> [Int32] {
        indices.filter { index in
            let received = bet(index)
            guard let outcome = known[received.sequence] else { return true }
            expect(outcome.isOf(received), received.sequence)
            if outcome.kind == .rejected { rejectedBefore.append(received) }
            if outcome.kind == .stored {
                storedBefore(received)
            } else {
                doneBefore(received.sequence)
            }
            return false
        }
    }

    /// Notes a sequence whose outcome is another message's.
    mutating func expect(_ isSame: Bool, _ sequence: Int64) {
        if !isSame { foreign = foreign ?? sequence }
    }

    /// Moves the candidates that meet `condition` to the contested ones.
    mutating func contest(where condition: (ReceivedBet) -> Bool) {
        var left: [Int32] = []
        for index in candidates {
            if condition(bet(index)) { contested.append(index) } else { left.append(index) }
        }
        candidates = left
    }

    /// All candidates have their row.
    mutating func storeCandidates() {
        result.effects.reserveCapacity(result.effects.count + candidates.count)
        for index in candidates {
            let received = bet(index)
            result.effects.append(BatchResult.Effect(of: received))
            stakes[Int(received.market)].count += 1
            stakes[Int(received.market)].amount += received.amount
            value += received.amount
            newOutcomes.add(received.sequence)
        }
        result.storedCount += candidates.count
        candidates = []
    }

    /// A sequence that has had its row before.
    mutating func storedBefore(_ received: ReceivedBet) {
        result.redeliveredCount += 1
        result.effects.append(BatchResult.Effect(of: received))
    }

    /// A sequence that has had another outcome before.
    mutating func doneBefore(_ sequence: Int64) {
        result.redeliveredCount += 1
        finish(sequence)
    }

    /// A sequence that this version would not take as a bet, but another version did. What a stored
    /// one adds to the odds is not known here: it gets no effect, and the repair finds it.
    mutating func judgedBefore(_ sequence: Int64, _ kind: KnownOutcome.Kind) {
        if kind == .stored { result.redeliveredCount += 1 } else { doneBefore(sequence) }
    }

    /// A message has its rejection. Its copy for tools may be missing still, also when it `isNew` no
    /// more.
    mutating func finish(_ message: RejectedMessage, isNew: Bool) {
        if isNew {
            result.rejectedCount += 1
            newlyRejected[message.reason, default: 0] += 1
            newOutcomes.add(message.sequence)
        } else {
            result.redeliveredCount += 1
        }
        result.rejected.append(message)
        finish(message.sequence)
    }

    /// Messages have their row among the duplicates, all by this transaction when `areNew`.
    mutating func finish(_ duplicates: [ReceivedBet], areNew: Bool) {
        for duplicate in duplicates {
            if areNew { newOutcomes.add(duplicate.sequence) }
            finish(duplicate.sequence)
        }
    }

    /// A sequence was given an outcome without effect on the odds.
    mutating func finish(_ sequence: Int64) {
        result.effects.append(BatchResult.Effect(withoutStake: sequence))
    }
}

extension BetBatch {
    /// The batch in two, nil when it has a single message.
    var halves: (BetBatch, BetBatch)? {
        guard count > 1 else { return nil }
        var first = self
        var second = self
        let betCount = (bets.count + 1) / 2
        let messageCount = rejected.count / 2
        first.bets = Array(bets.prefix(betCount))
        second.bets = Array(bets.dropFirst(betCount))
        first.rejected = Array(rejected.prefix(messageCount))
        second.rejected = Array(rejected.dropFirst(messageCount))
        return (first, second)
    }
}
