/// The bytes of one or more commands in Redis' protocol. Reused from call to call, so that a steady
/// stream of commands allocates nothing here.
struct RequestBuffer {
    private(set) var bytes: [UInt8] = []

    /// A buffer larger than this is given back after the call that needed it.
    private static let keptBytesMax = 4 << 20

    mutating func reset() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= Self.keptBytesMax)
    }

    mutating func append(_ command: some Collection<RedisArgument>) {
        beginCommand(argumentCount: command.count)
        for argument in command { append(argument) }
    }

    /// Starts a command of which exactly `argumentCount` arguments follow, the name included.
    mutating func beginCommand(argumentCount: Int) {
        appendHeader(UInt8(ascii: "*"), argumentCount)
    }

    mutating func append(_ argument: RedisArgument) {
        switch argument {
        case .text(let text): appendBulk(text.utf8, count: text.utf8.count)
        case .substring(let text): appendBulk(text.utf8, count: text.utf8.count)
        case .bytes(let bytes): appendBulk(bytes, count: bytes.count)
        case .slice(let bytes): appendBulk(bytes, count: bytes.count)
        case .integer(let value):
            appendHeader(UInt8(ascii: "$"), Self.decimalLength(value))
            appendDecimal(value)
            appendLineEnd()
        }
    }

    private mutating func appendBulk(_ content: some Sequence<UInt8>, count: Int) {
        appendHeader(UInt8(ascii: "$"), count)
        bytes.append(contentsOf: content)
        appendLineEnd()
    }

    private mutating func appendHeader(_ mark: UInt8, _ count: Int) {
        bytes.append(mark)
        appendDecimal(Int64(count))
        appendLineEnd()
    }

    private mutating func appendLineEnd() {
        bytes.append(0x0D)
        bytes.append(0x0A)
    }

    private mutating func appendDecimal(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let first = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[first...].reverse()
    }

    private static func decimalLength(_ value: Int64) -> Int {
        var length = value < 0 ? 2 : 1
        var rest = value.magnitude / 10
        while rest > 0 {
            length += 1
            rest /= 10
        }
        return length
    }
}
