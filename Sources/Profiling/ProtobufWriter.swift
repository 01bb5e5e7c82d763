/// Writes Protocol Buffers' wire form: varints and length-delimited fields
/// (protobuf.dev/programming-guides/encoding). Zero is the absent value and not written.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    mutating func add(_ field: Int, _ value: UInt64) {
        guard value != 0 else { return }
        append(UInt64(field) << 3)
        append(value)
    }

    mutating func add(_ field: Int, _ value: Int) {
        add(field, UInt64(bitPattern: Int64(value)))
    }

    /// A repeated number, packed.
    mutating func add(_ field: Int, _ values: [UInt64]) {
        var packed = ProtobufWriter()
        for value in values { packed.append(value) }
        add(field, bytes: packed.bytes)
    }

    /// A string or an embedded message, also an empty one.
    mutating func add(_ field: Int, bytes content: [UInt8]) {
        append(UInt64(field) << 3 | 2)
        append(UInt64(content.count))
        bytes += content
    }

    mutating func add(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
        var message = ProtobufWriter()
        write(&message)
        add(field, bytes: message.bytes)
    }

    private mutating func append(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
