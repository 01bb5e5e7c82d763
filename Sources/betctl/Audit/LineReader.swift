import Glibc

/// Reads a file line by line.
struct LineReader: ~Copyable {
    private static let blockBytes = 1 << 16

    private let descriptor: Int32
    private var block: [UInt8] = []
    private var position = 0

    /// - Throws: an error that names the file.
    init(_ path: String) throws(CommandFailure) {
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure("cannot read \(path): \(unsafe String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// The next line without its end, nil after the last. A last line without an end counts.
    mutating func next() -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            if position == block.count, !refill() {
                return line.isEmpty ? nil : line
            }
            let rest = block[position...]
            guard let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
                line += rest
                position = block.count
                continue
            }
            line += rest[..<end]
            position = end + 1
            return line
        }
    }

    private mutating func refill() -> Bool {
        let descriptor = descriptor
        block = unsafe [UInt8](unsafeUninitializedCapacity: Self.blockBytes) { buffer, count in
            count = unsafe max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        position = 0
        return !block.isEmpty
    }
}
