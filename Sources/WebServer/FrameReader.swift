/// Cuts a client's bytes into WebSocket messages (RFC 6455, 5): bytes in, events out, no I/O.
///
/// A frame is judged by its head, before its payload is waited for, so at most `frameBytesMax`
/// bytes of a message are ever held.
struct FrameReader {
    enum Event: Equatable {
        case text([UInt8])
        case binary
        case ping([UInt8])
        case pong
        /// The peer closes; nil when it gave no code.
        case close(CloseCode?)
        /// The stream's last event.
        case failure(CloseCode, String)
    }

    private struct Head {
        let isFinal: Bool
        let opcode: UInt8
        let payloadStart: Int
        let payloadCount: Int
    }

    private let messageBytesMax: Int
    private let fragmentsMax: Int
    private var buffer: [UInt8] = []
    /// Index of the first byte that was not yet taken.
    private var start = 0
    private var message: [UInt8] = []
    private var messageIsText = false
    /// Frames of the message at hand so far; 0 between messages.
    private var fragments = 0

    init(limits: WebServerLimits) {
        messageBytesMax = limits.frameBytesMax
        fragmentsMax = limits.fragmentsMax
    }

    mutating func append(_ bytes: [UInt8]) {
        if start == buffer.count {
            buffer = bytes
            start = 0
        } else {
            buffer.removeFirst(start)
            start = 0
            buffer.append(contentsOf: bytes)
        }
    }

    /// The next event; nil until more bytes come.
    mutating func next() -> Event? {
        while true {
            switch head() {
            case .failure(let failure): return .failure(failure.code, failure.reason)
            case .success(nil): return nil
            case .success(let head?):
                guard buffer.count >= head.payloadStart + head.payloadCount else { return nil }
                let payload = unmasked(head)
                start = head.payloadStart + head.payloadCount
                if start == buffer.count {
                    buffer = []
                    start = 0
                }
                if let event = take(payload, head) { return event }
            }
        }
    }

    private struct Failure: Error {
        let code: CloseCode
        let reason: String
    }

    /// The head of the next frame; nil while it is incomplete.
    private func head() -> Result<Head?, Failure> {
        let available = buffer.count - start
        guard available >= 1 else { return .success(nil) }
        let first = buffer[start]
        let opcode = first & 0x0F
        let isFinal = first & 0x80 != 0
        let isControl = opcode & 0x8 != 0
        guard first & 0x70 == 0 else { return broken("reserved bits are set") }
        guard [0x0, 0x1, 0x2, 0x8, 0x9, 0xA].contains(opcode) else {
            return broken("unknown opcode")
        }
        guard isFinal || !isControl else { return broken("a control frame is fragmented") }
        guard isControl || (opcode == 0) == (fragments > 0) else {
            return broken("a fragment is out of order")
        }
        guard available >= 2 else { return .success(nil) }
        let second = buffer[start + 1]
        guard second & 0x80 != 0 else { return broken("a frame is not masked") }
        guard let (headCount, payloadCount) = lengths(second & 0x7F, available) else {
            return .success(nil)
        }
        let isMinimal = headCount == 2 || payloadCount > (headCount == 4 ? 125 : 0xFFFF)
        guard payloadCount >= 0, isMinimal else { return broken("a length is not minimal") }
        if isControl {
            guard payloadCount <= WebSocketFrame.controlPayloadBytesMax else {
                return broken("a control frame is too long")
            }
        } else {
            guard payloadCount <= messageBytesMax - message.count else {
                return .failure(Failure(code: .messageTooBig, reason: "the message is too big"))
            }
            guard fragments < fragmentsMax else { return broken("too many fragments") }
        }
        guard available >= headCount + 4 else { return .success(nil) }
        return .success(
            Head(
                isFinal: isFinal,
                opcode: opcode,
                payloadStart: start + headCount + 4,
                payloadCount: payloadCount
            )
        )
    }

    private func broken(_ reason: String) -> Result<Head?, Failure> {
        .failure(Failure(code: .protocolError, reason: reason))
    }

    /// Bytes before the mask and of the payload. The payload's count is negative when its highest
    /// bit is set, which the protocol forbids.
    private func lengths(_ short: UInt8, _ available: Int) -> (head: Int, payload: Int)? {
        switch short {
        case 127:
            guard available >= 10 else { return nil }
            return (10, buffer[(start + 2)..<(start + 10)].reduce(0) { $0 << 8 | Int($1) })
        case 126:
            guard available >= 4 else { return nil }
            return (4, Int(buffer[start + 2]) << 8 | Int(buffer[start + 3]))
        default: return (2, Int(short))
        }
    }

    private func unmasked(_ head: Head) -> [UInt8] {
        let mask = Array(buffer[(head.payloadStart - 4)..<head.payloadStart])
        var payload = Array(
            buffer[head.payloadStart..<(head.payloadStart + head.payloadCount)]
        )
        for index in payload.indices { payload[index] ^= mask[index & 3] }
        return payload
    }

    private mutating func take(_ payload: [UInt8], _ head: Head) -> Event? {
        switch head.opcode {
        case 0x8: return close(payload)
        case 0x9: return .ping(payload)
        case 0xA: return .pong
        default: break
        }
        if fragments == 0 { messageIsText = head.opcode == 0x1 }
        fragments += 1
        if message.isEmpty { message = payload } else { message.append(contentsOf: payload) }
        guard head.isFinal else { return nil }
        defer {
            message = []
            fragments = 0
        }
        guard messageIsText else { return .binary }
        guard String(validating: message, as: UTF8.self) != nil else {
            return .failure(.invalidData, "the text is not UTF-8")
        }
        return .text(message)
    }

    private func close(_ payload: [UInt8]) -> Event {
        guard !payload.isEmpty else { return .close(nil) }
        guard payload.count >= 2 else { return .failure(.protocolError, "a close code is cut") }
        let code = CloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isValidOnWire else { return .failure(.protocolError, "a close code is invalid") }
        guard String(validating: payload[2...], as: UTF8.self) != nil else {
            return .failure(.invalidData, "a close reason is not UTF-8")
        }
        return .close(code)
    }
}
