/// A message's fields as its reader found them, before any rule was applied.
struct BetFields {
    var id = Field.absent
    var gameID = Field.absent
    var betType = Field.absent
    var amount = Field.absent
    var timestamp = Field.absent
    var selection = Field.absent
    var userID = Field.absent
}

/// One field. The bytes are its reader's and stay until the reader's next message.
enum Field {
    case absent
    /// Null, or a kind that no field has.
    case other
    case number(FieldText)
    case string(FieldText)
    /// A number that its wire keeps in binary.
    case integer(Int64)
}

/// Bytes inside a reader's memory. Safe because a value never outlives the call of the decoder that made
/// it, and the reader keeps its memory untouched for that long.
@safe
struct FieldText {
    private let bytes: UnsafeBufferPointer<UInt8>

    @unsafe
    init(start: UnsafePointer<UInt8>?, count: Int) {
        unsafe bytes = UnsafeBufferPointer(start: start, count: start == nil ? 0 : count)
    }

    /// Lends the bytes for as long as `body` runs.
    func withBytes<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(bytes.span)
    }

    /// What any text must be: UTF-8 without NUL.
    var isWellFormed: Bool {
        withBytes { bytes in
            var isASCII = true
            for index in 0..<bytes.count {
                if bytes[index] == 0 { return false }
                if bytes[index] >= 0x80 { isASCII = false }
            }
            return isASCII || (try? UTF8Span(validating: bytes)) != nil
        }
    }
}
