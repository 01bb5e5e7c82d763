import Glibc

/// What a journal says of the run that wrote it.
package struct EarlierRun: Hashable, Sendable {
    package private(set) var options = Options()
    package private(set) var seed: UInt64 = 0
    /// Microseconds since 1970.
    package private(set) var started: Int64 = 0
    /// Numbers of the messages that were to be sent and have no answer, ascending.
    package private(set) var unanswered: [UInt64] = []
    /// The size of the journal without a last line that was cut off.
    package private(set) var byteCount = 0

    /// Reads a journal line by line; memory is taken for open messages only.
    ///
    /// - Throws: `system`, `notAJournal`.
    package init(journal path: String) throws(JournalError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(path: path, number: errno) }
        defer { close(descriptor) }
        var reader = LineReader()
        var open: Set<UInt64> = []
        var lineNumber = 0
        while try reader.fill(from: descriptor, path) {
            while let line = reader.nextLine() {
                lineNumber += 1
                guard take(JournalLine(line), isFirst: lineNumber == 1, &open) else {
                    throw .notAJournal(path: path, line: lineNumber)
                }
            }
        }
        guard lineNumber > 0 else { throw .notAJournal(path: path, line: 1) }
        byteCount = reader.takenBytes
        unanswered = open.sorted()
    }

    private mutating func take(_ line: JournalLine, isFirst: Bool, _ open: inout Set<UInt64>)
        -> Bool
    {
        if isFirst { return takeHeader(line) }
        guard !line.isEmpty else { return true }
        guard let index = line.number("n") else { return false }
        switch line.text("t") {
        case "try": open.insert(index)
        case "ack", "refused": open.remove(index)
        default: return false
        }
        return true
    }

    private mutating func takeHeader(_ line: JournalLine) -> Bool {
        guard line.text("t") == "run", let seed = line.number("seed"),
            let started = line.number("started"), let arguments = line.text("arguments"),
            case .run(let options)? = try? Command(arguments.split(separator: " ").map(String.init))
        else { return false }
        (self.options, self.seed, self.started) = (options, seed, Int64(clamping: started))
        return true
    }
}

/// One line, in which fields are found by name: enough for what `Journal` writes.
private struct JournalLine {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
    }

    var isEmpty: Bool { bytes.isEmpty }

    func number(_ name: String) -> UInt64? {
        value(name).flatMap {
            UInt64(String(decoding: $0.prefix { $0 &- 0x30 < 10 }, as: UTF8.self))
        }
    }

    func text(_ name: String) -> String? {
        guard let value = value(name), value.first == UInt8(ascii: "\"") else { return nil }
        return String(
            decoding: value.dropFirst().prefix { $0 != UInt8(ascii: "\"") },
            as: UTF8.self
        )
    }

    private func value(_ name: String) -> ArraySlice<UInt8>? {
        let key = Array("\"\(name)\":".utf8)
        var start = bytes.startIndex
        while start + key.count <= bytes.endIndex {
            if bytes[start..<start + key.count].elementsEqual(key) {
                return bytes[(start + key.count)...]
            }
            start += 1
        }
        return nil
    }
}

/// Cuts what a file holds into lines.
private struct LineReader {
    private static let blockBytes = 64 << 10

    private var bytes: [UInt8] = []
    private var start = 0

    /// Bytes of the lines taken so far, their ends counted.
    private(set) var takenBytes = 0

    /// Reads on; false at the end of the file.
    mutating func fill(from descriptor: Int32, _ path: String) throws(JournalError) -> Bool {
        bytes.removeSubrange(..<start)
        start = 0
        let old = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: Self.blockBytes))
        let count = unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe read(descriptor, bytes.baseAddress?.advanced(by: old), Self.blockBytes)
        }
        bytes.removeLast(Self.blockBytes - max(0, count))
        guard count >= 0 else { throw .system(path: path, number: errno) }
        return count > 0
    }

    /// The next whole line without its end.
    mutating func nextLine() -> ArraySlice<UInt8>? {
        guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer {
            takenBytes += end + 1 - start
            start = end + 1
        }
        return bytes[start..<end]
    }
}
