import Foundation
import TestSupport
import Testing
import WebServer

@Suite(.serialized)
struct StaticFilesTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory("files")
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: directory.path + "/sub",
            withIntermediateDirectories: false
        )
        for (name, text) in [
            ("index.html", "<p>home"), ("app.js", "let a"), ("style.css", "p{}"),
            ("a b.svg", "<svg/>"),
            ("sub/index.html", "<p>sub"), (".secret", "no"), ("data", "?"),
        ] {
            try Data(text.utf8).write(to: directory.url.appendingPathComponent(name))
        }
        try manager.createSymbolicLink(
            atPath: directory.path + "/link",
            withDestinationPath: "/etc/passwd"
        )
    }

    private func server() throws -> RunningServer {
        try RunningServer(
            routes: [HTTPRoute(.get, "/api", .immediate { _ in .json("{}") })],
            files: StaticFiles(directory: directory.path)
        )
    }

    @Test(arguments: [
        ("/", 200, "text/html; charset=utf-8"), ("/index.html", 200, "text/html; charset=utf-8"),
        ("/app.js", 200, "text/javascript; charset=utf-8"),
        ("/style.css", 200, "text/css; charset=utf-8"), ("/a%20b.svg", 200, "image/svg+xml"),
        ("/sub/", 200, "text/html; charset=utf-8"), ("/data", 200, "application/octet-stream"),
        ("/app.js?v=1", 200, "text/javascript; charset=utf-8"),
        ("/api", 200, "application/json"), ("/sub", 404, "application/json"),
        ("/.secret", 404, "application/json"), ("/link", 404, "application/json"),
        ("/../../etc/passwd", 404, "application/json"),
        ("/%2e%2e/%2e%2e/etc/passwd", 404, "application/json"),
        ("/sub/..%2f.secret", 404, "application/json"), ("//etc/passwd", 404, "application/json"),
    ])
    func `only the directory's own files are served`(
        path: String,
        status: Int,
        type: String
    ) throws {
        let answer = try server().get(path)
        #expect(answer.status == status)
        #expect(answer.headers["content-type"] == type)
        let isPage = type.hasPrefix("text/html")
        #expect((answer.headers["content-security-policy"] != nil) == isPage)
    }

    @Test func `a file that is known is not sent again`() throws {
        let server = try server()
        let first = try server.get("/app.js")
        let tag = try #require(first.headers["etag"])
        #expect(first.headers["cache-control"] == "no-cache")
        #expect(first.body == "let a")
        for known in [tag, "\"x\", W/\(tag)", "*"] {
            let again = try server.get("/app.js", headers: "If-None-Match: \(known)\r\n")
            #expect(again.status == 304)
            #expect(again.headers["etag"] == tag)
            #expect(again.headers["content-length"] == nil)
            #expect(again.body.isEmpty)
        }
        #expect(try server.get("/app.js", headers: "If-None-Match: \"x\"\r\n").status == 200)
    }

    @Test func `a file takes GET and HEAD only`() throws {
        let server = try server()
        let answer = try server.exchange(
            "POST /app.js HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
        )
        #expect(answer.status == 405)
        #expect(answer.headers["allow"] == "GET, HEAD, OPTIONS")
    }

    @Test func `a directory that is not there is an error that names it`() {
        #expect(
            throws: WebServerError.unreadable(
                path: "/nowhere",
                reason: "No such file or directory"
            )
        ) {
            _ = try StaticFiles(directory: "/nowhere")
        }
    }
}
