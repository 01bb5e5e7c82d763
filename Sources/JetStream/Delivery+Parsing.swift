extension Delivery {
    /// What every subject that acknowledges a delivery begins with.
    static let prefix: StaticString = "$JS.ACK."

    /// Reads the reply subject of a delivery, without allocating:
    /// `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`,
    /// or with `<domain>.<account hash>` before the stream and perhaps a random token at the end.
    ///
    /// Nil for anything else: another subject, a missing or empty token, a number that is none or
    /// does not fit, a sequence or count of 0.
    init?(replySubject subject: borrowing RawSpan) {
        guard Self.isReply(subject) else { return nil }
        var tokens = SubjectTokens(position: 8)
        let count = tokens.count(in: subject)
        let named: Int
        switch count {
        case 7: named = 2
        case 9, 10: named = 4
        default: return nil
        }
        for _ in 0..<named {
            guard tokens.skip(in: subject) else { return nil }
        }
        guard
            let delivered = tokens.number(in: subject), delivered > 0,
            let stream = tokens.number(in: subject), stream > 0,
            let consumer = tokens.number(in: subject), consumer > 0,
            let time = tokens.number(in: subject), let timestamp = Int64(exactly: time),
            let pending = tokens.number(in: subject)
        else { return nil }
        if count == 10 {
            guard tokens.skip(in: subject) else { return nil }
        }
        self.init(
            streamSequence: stream,
            consumerSequence: consumer,
            deliveredCount: delivered,
            timestampNanoseconds: timestamp,
            pending: pending
        )
    }

    /// Whether a subject is one that JetStream takes acknowledgements on.
    static func isReply(_ subject: borrowing RawSpan) -> Bool {
        guard subject.byteCount > 8 else { return false }
        return unsafe subject.unsafeLoadUnaligned(as: UInt64.self) == Self.prefixWord
    }

    /// `$JS.ACK.` as it lies in memory.
    private static let prefixWord = UInt64(littleEndian: 0x2e4b_4341_2e53_4a24)
}

/// Walks over the tokens of a subject.
private struct SubjectTokens {
    private static let dot: UInt8 = 0x2e

    var position: Int

    /// Tokens from here on.
    func count(in subject: borrowing RawSpan) -> Int {
        var count = 1
        for index in position..<subject.byteCount
        where subject.byte(at: index) == Self.dot {
            count += 1
        }
        return count
    }

    /// Passes one token; false when it is empty.
    mutating func skip(in subject: borrowing RawSpan) -> Bool {
        let start = position
        while position < subject.byteCount, subject.byte(at: position) != Self.dot {
            position += 1
        }
        let isEmpty = position == start
        position += 1
        return !isEmpty
    }

    /// Passes one token that is a number of digits alone.
    mutating func number(in subject: borrowing RawSpan) -> UInt64? {
        let start = position
        var result: UInt64 = 0
        while position < subject.byteCount {
            let byte = subject.byte(at: position)
            if byte == Self.dot { break }
            guard (0x30...0x39).contains(byte) else { return nil }
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(byte - 0x30))
            guard !overflow, !carry else { return nil }
            result = sum
            position += 1
        }
        let isEmpty = position == start
        position += 1
        return isEmpty ? nil : result
    }
}

extension RawSpan {
    /// The byte at an offset, bounds checked.
    func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }
}
