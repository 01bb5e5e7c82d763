/// Frames as the server sends them: final, unmasked, so one array serves every client.
enum WebSocketFrame {
    static func text(_ payload: [UInt8]) -> [UInt8] { encode(opcode: 0x1, payload) }

    static func ping() -> [UInt8] { encode(opcode: 0x9, []) }

    static func pong(_ payload: [UInt8]) -> [UInt8] { encode(opcode: 0xA, payload) }

    /// - Parameter reason: for people; cut at 123 bytes, the most a control frame holds.
    static func close(_ code: CloseCode, reason: String) -> [UInt8] {
        var text = reason
        while text.utf8.count > controlPayloadBytesMax - 2 { text.removeLast() }
        return encode(
            opcode: 0x8,
            [UInt8(code.rawValue >> 8), UInt8(code.rawValue & 0xFF)] + Array(text.utf8)
        )
    }

    static let controlPayloadBytesMax = 125

    private static func encode(opcode: UInt8, _ payload: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(payload.count + 10)
        frame.append(0x80 | opcode)
        let count = payload.count
        if count <= controlPayloadBytesMax {
            frame.append(UInt8(count))
        } else if count <= 0xFFFF {
            frame.append(126)
            frame.append(contentsOf: [UInt8(count >> 8), UInt8(count & 0xFF)])
        } else {
            frame.append(127)
            for shift in stride(from: 56, through: 0, by: -8) {
                frame.append(UInt8(count >> shift & 0xFF))
            }
        }
        frame.append(contentsOf: payload)
        return frame
    }
}
