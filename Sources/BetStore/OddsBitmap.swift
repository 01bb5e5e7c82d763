/// The applied sequences of one segment as Redis has them. Bits count from the left in each byte.
struct OddsBitmap {
    let segment: Int64
    private let bytes: [UInt8]

    init(segment: Int64, bytes: [UInt8]) {
        self.segment = segment
        self.bytes = bytes
    }

    func contains(_ sequence: Int64) -> Bool {
        let bit = Int(sequence - segment * OddsKeys.segmentSize)
        guard bit >= 0, bit / 8 < bytes.count else { return false }
        return bytes[bit / 8] & (0x80 >> UInt8(bit % 8)) != 0
    }

    /// How many sequences of the range, which lies within the segment, are applied.
    func count(in range: ClosedRange<Int64>) -> Int64 {
        var count: Int64 = 0
        var sequence = range.lowerBound
        while sequence <= range.upperBound {
            if sequence % 8 == 0, sequence + 7 <= range.upperBound {
                let byte = Int(sequence - segment * OddsKeys.segmentSize) / 8
                if byte < bytes.count { count += Int64(bytes[byte].nonzeroBitCount) }
                sequence += 8
            } else {
                if contains(sequence) { count += 1 }
                sequence += 1
            }
        }
        return count
    }
}
