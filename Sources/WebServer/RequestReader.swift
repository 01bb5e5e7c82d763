/// Cuts the bytes of one connection into requests: bytes in, steps out, no I/O.
///
/// It holds at most one request and what came behind it; `bytesMax` bounds both together.
struct RequestReader {
    enum Step {
        /// Nothing to do until more bytes come.
        case needsMore
        /// The client waits for "100 Continue" before it sends the body. Told once a request.
        case wantsContinue
        case request(RequestHead, body: [UInt8])
        /// The connection's last step: no byte behind it can be trusted.
        case refused(RequestFailure)
    }

    /// How far the request at hand is; what the time limits go by.
    enum Progress {
        case idle
        case head
        case body
    }

    private let limits: WebServerLimits
    private var buffer: [UInt8] = []
    /// Bytes in which neither an end of the head nor a mistake was found.
    private var scanned = 0
    private var head: RequestHead?
    private var headBytes = 0
    private var toldContinue = false

    init(limits: WebServerLimits) {
        self.limits = limits
    }

    var progress: Progress {
        if head != nil { return .body }
        return buffer.isEmpty ? .idle : .head
    }

    /// Whether a client that sends on while its answer is pending has gone too far.
    var isOverfull: Bool { buffer.count > limits.headerBytesMax + limits.bodyBytesMax + 64 * 1024 }

    mutating func append(_ bytes: [UInt8]) {
        if buffer.isEmpty { buffer = bytes } else { buffer.append(contentsOf: bytes) }
    }

    /// What is left behind an upgrade: it belongs to the next protocol.
    mutating func takeRest() -> [UInt8] {
        defer { buffer = [] }
        return buffer
    }

    mutating func next() -> Step {
        if let head { return bodyStep(head) }
        skipEmptyLines()
        if let first = buffer.first, first != 0x0D, !RequestHeadParser.isTokenByte(first) {
            return .refused(.malformed("this is not HTTP/1.1"))
        }
        let end: Int
        switch scan() {
        case .end(let found): end = found
        case .bareLineFeed: return .refused(.malformed("a line ends without CR"))
        case .nothing:
            guard buffer.count <= limits.headerBytesMax else { return .refused(tooLarge) }
            return .needsMore
        }
        do throws(RequestFailure) {
            let head = try RequestHeadParser(limits: limits).parse(buffer[..<(end - 2)])
            self.head = head
            headBytes = end
            return bodyStep(head)
        } catch {
            return .refused(error)
        }
    }

    private mutating func bodyStep(_ head: RequestHead) -> Step {
        let size = headBytes + head.contentLength
        guard buffer.count >= size else {
            guard head.expectsContinue, !toldContinue else { return .needsMore }
            toldContinue = true
            return .wantsContinue
        }
        let body = Array(buffer[headBytes..<size])
        buffer = buffer.count == size ? [] : Array(buffer[size...])
        scanned = 0
        self.head = nil
        toldContinue = false
        return .request(head, body: body)
    }

    /// Empty lines before a request line are ignored (RFC 9112, 2.2).
    private mutating func skipEmptyLines() {
        // The CR may have come alone.
        guard scanned <= 1 else { return }
        var start = 0
        while start + 1 < buffer.count, buffer[start] == 0x0D, buffer[start + 1] == 0x0A {
            start += 2
        }
        if start > 0 {
            buffer.removeFirst(start)
            scanned = 0
        }
    }

    private enum Scan {
        /// The index behind the empty line that ends the head.
        case end(Int)
        /// It never ends a head, so waiting for more would be in vain.
        case bareLineFeed
        case nothing
    }

    /// Looks for the head's end, not beyond what a head may have.
    private mutating func scan() -> Scan {
        let limit = min(buffer.count, limits.headerBytesMax)
        while scanned < limit {
            let index = scanned
            if buffer[index] == 0x0A {
                guard index > 0, buffer[index - 1] == 0x0D else { return .bareLineFeed }
                if index >= 3, buffer[index - 2] == 0x0A, buffer[index - 3] == 0x0D {
                    return .end(index + 1)
                }
            }
            scanned += 1
        }
        return .nothing
    }

    /// A request line without end is the target's fault, not the headers'.
    private var tooLarge: RequestFailure {
        guard !buffer.prefix(limits.headerBytesMax).contains(0x0A) else { return .headersTooLarge }
        return RequestFailure(
            status: 414,
            code: "target_too_long",
            message: "the request line is too long"
        )
    }
}
