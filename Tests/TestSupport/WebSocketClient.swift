/// A WebSocket client for tests, over plain TCP to 127.0.0.1. It blocks, with time limits; nothing
/// happens between its calls, so a client that is not read is one that stopped reading. For one
/// thread.
package final class WebSocketClient {
    package enum Frame: Sendable, Equatable {
        case text(String)
        case ping([UInt8])
        case pong([UInt8])
        /// 1005 when the peer gave no code.
        case close(Int)
        case other(opcode: UInt8, [UInt8])
    }

    private let connection: TCPClient
    /// The code of the close frame that was read; nil before.
    package private(set) var closeCode: Int?

    /// Connects and shakes hands.
    ///
    /// - Parameters:
    ///   - origin: sent as the Origin header; nil sends none.
    ///   - receiveBufferBytes: small makes a client that stops reading felt soon.
    /// - Throws: `FixtureError` with the status line when the server refuses.
    package static func connect(
        port: Int,
        path: String = "/ws",
        origin: String? = nil,
        receiveBufferBytes: Int? = nil
    ) throws -> WebSocketClient {
        let connection = try TCPClient(port: port, receiveBufferBytes: receiveBufferBytes)
        var request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        request += "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        request += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        if let origin { request += "Origin: \(origin)\r\n" }
        try connection.send(request + "\r\n")
        guard let head = connection.read(through: "\r\n\r\n") else {
            throw FixtureError("no answer to the handshake")
        }
        // RFC 6455 gives this key and its answer as the example.
        guard head.hasPrefix("HTTP/1.1 101 "), head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") else {
            throw FixtureError(String(head.prefix { $0 != "\r\n" }))
        }
        return WebSocketClient(connection)
    }

    private init(_ connection: TCPClient) {
        self.connection = connection
    }

    /// Drops the connection without a word.
    package func disconnect() { connection.close() }

    /// The next text. Pings on the way are answered; nil when the socket is closed or nothing comes
    /// in time.
    package func readText(within timeout: Duration = .seconds(10)) -> String? {
        let deadline = ContinuousClock.now + timeout
        while let frame = readFrame(within: ContinuousClock.now.duration(to: deadline)) {
            switch frame {
            case .text(let text): return text
            case .ping(let payload): try? sendFrame(opcode: 0xA, payload)
            case .close: return nil
            case .pong, .other: continue
            }
        }
        return nil
    }

    /// Reads until the close frame and returns its code; nil when the connection ends without one or
    /// the time is over.
    package func readCloseCode(within timeout: Duration = .seconds(10)) -> Int? {
        let deadline = ContinuousClock.now + timeout
        while closeCode == nil {
            guard readFrame(within: ContinuousClock.now.duration(to: deadline)) != nil else {
                break
            }
        }
        return closeCode
    }

    /// The next frame, whatever it is; nothing is answered.
    package func readFrame(within timeout: Duration = .seconds(10)) -> Frame? {
        let deadline = ContinuousClock.now + timeout
        func read(_ count: Int) -> [UInt8]? {
            connection.read(count, within: ContinuousClock.now.duration(to: deadline))
        }
        guard let head = read(2) else { return nil }
        var count = Int(head[1] & 0x7F)
        if count == 126 || count == 127 {
            guard let long = read(count == 126 ? 2 : 8) else { return nil }
            count = long.reduce(0) { $0 << 8 | Int($1) }
        }
        guard let payload = read(count) else { return nil }
        switch head[0] & 0x0F {
        case 0x1: return .text(String(decoding: payload, as: UTF8.self))
        case 0x8:
            let code = payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : 1005
            closeCode = code
            return .close(code)
        case 0x9: return .ping(payload)
        case 0xA: return .pong(payload)
        default: return .other(opcode: head[0] & 0x0F, payload)
        }
    }

    package func sendText(_ text: String) throws {
        try sendFrame(opcode: 0x1, Array(text.utf8))
    }

    /// Says goodbye and reads the answer's code.
    package func close(code: Int = 1000) throws -> Int? {
        try sendFrame(opcode: 0x8, [UInt8(code >> 8), UInt8(code & 0xFF)])
        return readCloseCode()
    }

    /// Sends one masked frame.
    package func sendFrame(opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) throws {
        try sendRaw(Self.frame(opcode: opcode, payload, isFinal: isFinal))
    }

    /// Sends bytes as they are.
    package func sendRaw(_ bytes: [UInt8]) throws { try connection.send(bytes) }

    /// The bytes of a frame, for tests that bend them.
    package static func frame(
        opcode: UInt8,
        _ payload: [UInt8],
        isFinal: Bool = true,
        isMasked: Bool = true
    ) -> [UInt8] {
        var frame = [(isFinal ? 0x80 : 0) | opcode]
        let maskBit: UInt8 = isMasked ? 0x80 : 0
        switch payload.count {
        case ...125: frame.append(maskBit | UInt8(payload.count))
        case ...0xFFFF:
            frame.append(maskBit | 126)
            frame += [UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
        default:
            frame.append(maskBit | 127)
            frame += stride(from: 56, through: 0, by: -8).map { UInt8(payload.count >> $0 & 0xFF) }
        }
        guard isMasked else { return frame + payload }
        let mask: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        return frame + mask + payload.enumerated().map { $1 ^ mask[$0 & 3] }
    }
}
