/// How many sequences of each block a transaction gives their outcome, for `outcome_blocks`. Pure.
struct OutcomeBlocks {
    /// Sequences of a block: those with the same `sequence / size`.
    static let size: Int64 = 4096

    private static let slotCount = 16

    /// Batches have few blocks, in no order: each has a slot until another wants it.
    private var blocks = Array(repeating: Int64(-1), count: slotCount)
    private var counts = Array(repeating: 0, count: slotCount)
    /// Of blocks that had to make room.
    private var others: [Int64: Int] = [:]

    mutating func add(_ sequence: Int64) {
        let block = sequence / Self.size
        let slot = Int(truncatingIfNeeded: block) & (Self.slotCount - 1)
        if blocks[slot] != block {
            if counts[slot] > 0 { others[blocks[slot], default: 0] += counts[slot] }
            blocks[slot] = block
            counts[slot] = 0
        }
        counts[slot] += 1
    }

    /// Every block with its count, in ascending order.
    var all: [(block: Int64, count: Int)] {
        var sums = others
        for slot in blocks.indices where counts[slot] > 0 {
            sums[blocks[slot], default: 0] += counts[slot]
        }
        return sums.sorted { $0.key < $1.key }.map { (block: $0.key, count: $0.value) }
    }

    /// How many outcomes a complete block has: sequences begin with 1.
    static func capacity(of block: Int64) -> Int64 { block == 0 ? size - 1 : size }
}
