import CWebSockets

/// SHA-1 and Base64 by libwebsockets: what the WebSocket handshake and file tags need, neither of
/// which relies on SHA-1 for security.
enum Digest {
    static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 20)
        _ = unsafe bytes.withUnsafeBufferPointer { input in
            unsafe digest.withUnsafeMutableBufferPointer { output in
                unsafe lws_SHA1(input.baseAddress, input.count, output.baseAddress)
            }
        }
        return digest
    }

    static func base64(_ bytes: [UInt8]) -> String {
        // Four characters for three bytes, the NUL, and one that libwebsockets wants to spare.
        var text = [CChar](repeating: 0, count: (bytes.count + 2) / 3 * 4 + 2)
        let input = bytes.map { CChar(bitPattern: $0) }
        let count = unsafe lws_b64_encode_string(
            input,
            Int32(input.count),
            &text,
            Int32(text.count)
        )
        return String(
            decoding: text.prefix(max(Int(count), 0)).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
