/// Reads the header block of a message as it came over the wire: `NATS/1.0`, perhaps a status and a
/// description on the same line, then `Name: value` lines, each ended by CR LF.
///
/// It reads in place: libnats would first build a hash table of all headers, with half a dozen
/// allocations a message, and give up on the whole block when one line is malformed.
struct HeaderReader {
    /// Positions in the block. A line without a colon has an empty name.
    struct Line {
        var name: Range<Int>
        var value: Range<Int>
    }

    /// `NATS/1.0` as it lies in memory.
    private static let version = UInt64(littleEndian: 0x302e_312f_5354_414e)

    private var position: Int

    /// The status and description behind the version; empty ranges for an ordinary message.
    let status: Range<Int>
    let statusDescription: Range<Int>

    /// Nil when the block does not begin with the version.
    init?(_ block: borrowing RawSpan) {
        guard
            block.byteCount >= 10,
            unsafe block.unsafeLoadUnaligned(as: UInt64.self) == Self.version
        else { return nil }
        let end = Self.lineEnd(block, from: 8)
        let text = Self.trim(block, 8..<end)
        let code = text.lowerBound..<min(text.lowerBound + 3, text.upperBound)
        status = code
        statusDescription = Self.trim(block, code.upperBound..<text.upperBound)
        position = end + 2
    }

    /// The next line, nil at the end of the block.
    mutating func next(_ block: borrowing RawSpan) -> Line? {
        while position < block.byteCount {
            let start = position
            let end = Self.lineEnd(block, from: start)
            position = end + 2
            guard end > start else { continue }
            var colon = start
            while colon < end, block.byte(at: colon) != 0x3a { colon += 1 }
            if colon == end {
                return Line(name: start..<start, value: Self.trim(block, start..<end))
            }
            return Line(name: start..<colon, value: Self.trim(block, (colon + 1)..<end))
        }
        return nil
    }

    /// The value of the first header of that name, spelled the same, else of the first that differs
    /// in case only; `Status` and `Description` also name the parts of the first line.
    static func find(_ name: String, in block: borrowing RawSpan) -> Range<Int>? {
        guard var reader = HeaderReader(block) else { return nil }
        var similar: Range<Int>?
        while let line = reader.next(block) {
            guard line.name.count == name.utf8.count else { continue }
            switch compare(block, line.name, name) {
            case .same: return line.value
            case .similar: if similar == nil { similar = line.value }
            case .different: break
            }
        }
        if let similar { return similar }
        if !reader.status.isEmpty, name == "Status" { return reader.status }
        if !reader.statusDescription.isEmpty, name == "Description" {
            return reader.statusDescription
        }
        return nil
    }

    private enum Likeness { case same, similar, different }

    private static func compare(
        _ block: borrowing RawSpan,
        _ range: Range<Int>,
        _ name: String
    ) -> Likeness {
        var index = range.lowerBound
        var isSame = true
        for wanted in name.utf8 {
            let byte = block.byte(at: index)
            index += 1
            if byte == wanted { continue }
            let isLetter = (0x61...0x7a).contains(wanted | 0x20)
            guard isLetter, byte | 0x20 == wanted | 0x20 else { return .different }
            isSame = false
        }
        return isSame ? .same : .similar
    }

    /// Where CR LF, or the block, ends the line.
    private static func lineEnd(_ block: borrowing RawSpan, from start: Int) -> Int {
        var index = start
        while index + 1 < block.byteCount {
            if block.byte(at: index) == 0x0d, block.byte(at: index + 1) == 0x0a { return index }
            index += 1
        }
        return block.byteCount
    }

    private static func trim(_ block: borrowing RawSpan, _ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, isBlank(block.byte(at: lower)) { lower += 1 }
        while lower < upper, isBlank(block.byte(at: upper - 1)) { upper -= 1 }
        return lower..<upper
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
