import Betting

/// How the bets of a batch are brought to the table: which rows in which order, and which messages
/// compete with a row of the same batch. Bets are named by their index in the batch. Pure.
struct BatchPlan {
    /// One bet per id, the lowest sequence of each, in id order: two batches that lock rows in the
    /// same order cannot deadlock.
    let candidates: [Int32]
    /// Messages about an id that has a candidate with a lower sequence.
    let contenders: [Int32]
    /// Sequences that came more than once in this batch, beyond the first time.
    let repeatedCount: Int
    /// All sequences of the batch, rejected messages included, as few ranges as useful.
    let ranges: [ClosedRange<Int64>]
    /// Those of them in which rows of `bets` are looked for, unless storing met one: of a new batch
    /// the messages that get no row there, which would not meet it.
    let suspectRanges: [ClosedRange<Int64>]

    init(_ batch: BetBatch) {
        let bets = batch.bets
        var order = bets.indices.map { Int32(truncatingIfNeeded: $0) }
        order.sort { left, right in
            let (a, b) = (bets[Int(left)].id, bets[Int(right)].id)
            // Nearly always decided by the first half; the call that compares all costs more than that.
            if a.high != b.high { return a.high < b.high }
            if a.low != b.low { return a.low < b.low }
            return bets[Int(left)].sequence < bets[Int(right)].sequence
        }
        var contenders: [Int32] = []
        var repeatedCount = 0
        var last: ReceivedBet?
        order.removeAll { index in
            let next = bets[Int(index)]
            defer { last = next }
            guard let last, last.id == next.id else { return false }
            if last.sequence == next.sequence {
                repeatedCount += 1
            } else {
                contenders.append(index)
            }
            return true
        }
        candidates = order
        self.contenders = contenders
        self.repeatedCount = repeatedCount
        let rejected = batch.rejected.map(\.sequence)
        ranges = sequenceRanges(bets.map(\.sequence) + rejected)
        let rowless = rejected + contenders.map { bets[Int($0)].sequence }
        suspectRanges = batch.isFresh ? sequenceRanges(rowless) : ranges
    }
}

/// Sequences this close are looked up by one range: pods take turns, so a batch has every n-th.
private let rangeGapMax: Int64 = 1024
/// Sequences of others that all ranges of a batch may cover: their outcomes are read in vain.
private let gapsMax: Int64 = 65_536

/// Covers `sequences` with ranges; a redelivered old one gets a range of its own, or one look-up
/// would read the whole table.
func sequenceRanges(_ sequences: [Int64]) -> [ClosedRange<Int64>] {
    var ranges: [ClosedRange<Int64>] = []
    var gaps: Int64 = 0
    for sequence in sequences.sorted() {
        let gap = ranges.last.map { max(0, sequence - $0.upperBound - 1) } ?? .max
        if let last = ranges.last, gap < rangeGapMax, gaps + gap <= gapsMax {
            gaps += gap
            ranges[ranges.count - 1] = last.lowerBound...sequence
        } else {
            ranges.append(sequence...sequence)
        }
    }
    return ranges
}
