import Foundation
import TestSupport
import Testing
import Threading
import WebServer

/// HTTPS and WSS, spoken by Python's ssl module.
@Suite(.serialized)
struct EncryptionTests {
    private static let here = HTTPRoute(.get, "/", .immediate { _ in .text("here") })
    private static let authority = Result { try CertificateAuthority() }

    /// What every client does first: `tls` is a connection that trusts the authority alone.
    private static let prelude = """
        import hashlib, socket, ssl, sys
        port, authority = int(sys.argv[1]), sys.argv[2]
        def connect(timeout=20):
            plain = socket.create_connection(("127.0.0.1", port), timeout)
            context = ssl.create_default_context(cafile=authority)
            return context.wrap_socket(plain, server_hostname="127.0.0.1")
        def read_to_end(tls):
            parts = []
            while True:
                try:
                    part = tls.recv(65536)
                except ssl.SSLEOFError:
                    part = b""
                if not part:
                    return b"".join(parts)
                parts.append(part)

        """

    private func server(
        routes: [HTTPRoute] = [],
        hubs: [WebSocketHub] = [],
        _ adjust: (inout WebServerLimits) -> Void = { _ in }
    ) throws -> RunningServer {
        let own = try Self.authority.get().certificate("server", names: ["IP:127.0.0.1"])
        return try RunningServer(
            routes: routes,
            hubs: hubs,
            encryption: WebServerEncryption(
                certificateFile: own.certificateFile,
                keyFile: own.keyFile
            ),
            adjust
        )
    }

    private func client(_ server: RunningServer, _ script: String) async throws -> String {
        let file = try Self.authority.get().file
        let port = server.port
        return try await BlockingThread.run("client") {
            try run(["python3", "-c", Self.prelude + script, "\(port)", file])
        }
    }

    @Test func `answers of any size arrive whole, several on one connection`() async throws {
        let sizes = [0, 1, 16_384, 16_385, 5_000_000]
        let server = try server(
            routes: sizes.map { size in
                let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
                return HTTPRoute(
                    .get,
                    "/\(size)",
                    .immediate { _ in HTTPResponse(body: body) }
                )
            }
        )
        let lengths = try await client(
            server,
            """
            tls = connect()
            assert tls.version() in ("TLSv1.2", "TLSv1.3"), tls.version()
            for size in \(sizes):
                tls.sendall(f"GET /{size} HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n".encode())
                data = b""
                while b"\\r\\n\\r\\n" not in data:
                    data += tls.recv(65536)
                head, body = data.split(b"\\r\\n\\r\\n", 1)
                assert b" 200 " in head.split(b"\\r\\n")[0], head
                while len(body) < size:
                    body += tls.recv(65536)
                expected = bytes((i * 31 + size) & 255 for i in range(size))
                assert body == expected, (size, len(body))
                print(len(body))
            """
        )
        #expect(lengths.split(separator: "\n").map(String.init) == sizes.map(String.init))
    }

    @Test func `a WebSocket gets every frame`() async throws {
        let hub = WebSocketHub(path: "/ws")
        let server = try server(hubs: [hub])
        let text = String(repeating: "frame", count: 40_000)
        hub.broadcast(Array(text.utf8))
        let count = try await client(
            server,
            """
            tls = connect()
            tls.sendall(("GET /ws HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nUpgrade: websocket\\r\\n"
                "Connection: Upgrade\\r\\nSec-WebSocket-Version: 13\\r\\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\\r\\n\\r\\n").encode())
            data = b""
            while data.count(b"frame") < 40000:
                data += tls.recv(65536)
            assert data.startswith(b"HTTP/1.1 101 "), data[:100]
            print(data.count(b"frame"))
            """
        )
        #expect(count == "40000")
    }

    @Test func `who speaks plainly, hangs within the handshake or leaves it harms nobody`()
        async throws
    {
        let server = try server(routes: [Self.here]) {
            $0.headerMilliseconds = 500
        }
        let answer = try await client(
            server,
            """
            def plain(data):
                connection = socket.create_connection(("127.0.0.1", port), 20)
                connection.sendall(data)
                return connection
            spoken = plain(b"GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
            mute = plain(b"")
            begun = plain(bytes([22, 3, 1, 2, 0, 1]))
            plain(bytes([22, 3, 1, 2, 0, 1])).close()
            def rest(connection):
                try:
                    return connection.recv(1000)
                except ConnectionResetError:
                    return b""
            assert b"here" not in rest(spoken)
            for connection in (mute, begun):
                assert rest(connection) == b""
            tls = connect()
            tls.sendall(b"GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
            print(read_to_end(tls).split(b"\\r\\n\\r\\n")[1].decode())
            """
        )
        #expect(answer == "here")
        let isEmpty = try await eventually { server.server.statistics.connectionsOpen == 0 }
        #expect(isEmpty, "\(server.server.statistics.connectionsOpen)")
    }

    @Test func `an authority that nobody knows is not believed`() async throws {
        let server = try server(routes: [Self.here])
        let other = try CertificateAuthority()
        let port = server.port
        await #expect(throws: (any Error).self) {
            _ = try await BlockingThread.run("client") {
                try run(["python3", "-c", Self.prelude + "connect()", "\(port)", other.file])
            }
        }
    }

    @Test func `files that are no certificate keep a server from being made`() throws {
        let authority = try Self.authority.get()
        let first = try authority.certificate("first", names: ["IP:127.0.0.1"])
        let second = try authority.certificate("second", names: ["IP:127.0.0.1"])
        for (certificate, key) in [
            ("/nowhere.pem", first.keyFile), (first.certificateFile, "/nowhere.key"),
            (first.certificateFile, second.keyFile), (first.keyFile, first.keyFile),
        ] {
            #expect(throws: WebServerError.self, "\(certificate) \(key)") {
                _ = try RunningServer(
                    encryption: WebServerEncryption(certificateFile: certificate, keyFile: key)
                )
            }
        }
    }
}
