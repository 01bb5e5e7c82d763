import Testing
import WebServer

@Suite
struct AllowedOriginsTests {
    @Test(
        arguments: [
            (nil, "host:8082", true), ("http://host:8082", "host:8082", true),
            ("https://HOST", "host", true), ("http://host", "host:80", true),
            ("https://host", "host:443", true), ("http://localhost:1", "host", true),
            ("http://127.0.0.1:1", "host", true), ("http://[::1]:1", "host", true),
            ("http://host:8083", "host:8082", false), ("http://evil", "host", false),
            ("http://localhost.evil", "host", false), ("http://localhost@evil", "host", false),
            ("http://evil/localhost", "host", false), ("null", "host", false), ("", "host", false),
            ("http://", "", false), ("http://host", nil, false), ("ftp://host", "host", false),
        ] as [(String?, String?, Bool)]
    )
    func `without a list the same origin and localhost are allowed`(
        origin: String?,
        host: String?,
        isAllowed: Bool
    ) throws {
        #expect(try AllowedOrigins(nil).allows(origin: origin, host: host) == isAllowed)
    }

    @Test(arguments: [
        ("https://board.example", true), ("HTTPS://Board.Example:443", true),
        ("http://local.example:3000", true), ("http://board.example", false),
        ("https://board.example.evil", false), ("http://server:8082", false),
        ("http://localhost", false), ("null", false),
    ])
    func `with a list exactly its origins are allowed`(origin: String, isAllowed: Bool) throws {
        let origins = try AllowedOrigins(["https://board.example:443", "http://local.example:3000"])
        #expect(origins.allows(origin: origin, host: "server:8082") == isAllowed)
        #expect(origins.allows(origin: nil, host: "server:8082"))
    }

    @Test(arguments: [
        "*", "board.example", "https://*.example", "https://a/", "null", "", "https://",
    ])
    func `what is no origin is an error`(entry: String) {
        #expect(throws: WebServerError.self) { try AllowedOrigins([entry]) }
    }
}
