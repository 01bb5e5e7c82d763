/// Checks a request to become a WebSocket and writes the answer (RFC 6455, 4.2). No extension and
/// no subprotocol is ever agreed on.
enum WebSocketHandshake {
    /// Whether the request asks for the upgrade at all.
    static func isAsked(_ head: RequestHead) -> Bool {
        head.lists("websocket", in: "upgrade")
    }

    /// Nil when all is well.
    static func refusal(_ head: RequestHead, origins: AllowedOrigins) -> HTTPResponse? {
        guard !head.isHTTP10, head.contentLength == 0, head.lists("upgrade", in: "connection"),
            isKey(head.header("sec-websocket-key"))
        else {
            return .failure(
                status: 400,
                code: "bad_handshake",
                message: "this is no WebSocket handshake"
            )
        }
        guard head.header("sec-websocket-version") == "13" else {
            var response = HTTPResponse.failure(
                status: 426,
                code: "version_not_supported",
                message: "this server speaks WebSocket version 13"
            )
            response.headers.append((name: "Sec-WebSocket-Version", value: "13"))
            return response
        }
        guard origins.allows(origin: head.header("origin"), host: head.header("host")) else {
            return .failure(
                status: 403,
                code: "origin_not_allowed",
                message: "pages of this origin may not connect"
            )
        }
        return nil
    }

    static func acceptance(_ head: RequestHead) -> [UInt8] {
        let key = (head.header("sec-websocket-key") ?? "") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let proof = Digest.base64(Digest.sha1(Array(key.utf8)))
        return Array(
            ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Accept: \(proof)\r\n\r\n").utf8
        )
    }

    /// 16 bytes in Base64.
    private static func isKey(_ key: String?) -> Bool {
        guard let key, key.utf8.count == 24, key.hasSuffix("==") else { return false }
        return key.utf8.dropLast(2).allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
            default: false
            }
        }
    }
}
