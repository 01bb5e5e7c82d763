/// A stretch of the bitmap of applied sequences with the bits a batch wants to set.
struct OddsMask: Equatable {
    let segment: Int64
    /// The first byte within the segment.
    let firstByte: Int
    var bytes: [UInt8]

    /// Zeros that may lie between two bits of a mask before it pays to begin another one.
    private static let gapBytesMax: Int64 = 256

    /// The masks of sequences in ascending order; nil if one comes twice. Bits count from the left
    /// in each byte, as Redis counts them.
    static func masks(of sequences: [Int64]) -> [OddsMask]? {
        var masks: [OddsMask] = []
        var last: Int64 = -1
        for sequence in sequences {
            if sequence == last { return nil }
            let segment = sequence / OddsKeys.segmentSize
            let byte = sequence % OddsKeys.segmentSize / 8
            let bit = UInt8(0x80) >> UInt8(sequence % 8)
            let isNear = sequence / 8 - last / 8 <= gapBytesMax
            if let mask = masks.last, mask.segment == segment, isNear {
                let index = Int(byte) - mask.firstByte
                let end = masks.count - 1
                while masks[end].bytes.count <= index { masks[end].bytes.append(0) }
                masks[end].bytes[index] |= bit
            } else {
                masks.append(OddsMask(segment: segment, firstByte: Int(byte), bytes: [bit]))
            }
            last = sequence
        }
        return masks
    }
}
