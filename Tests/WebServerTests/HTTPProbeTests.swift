import TestSupport
import Testing

@testable import WebServer

struct HTTPProbeTests {
    private static let limitMilliseconds = 2_000

    @Test(
        arguments: [
            (
                "http://127.0.0.1:8081/livez",
                HTTPProbe(address: "127.0.0.1", port: 8081, path: "/livez")
            ),
            ("http://localhost:1", HTTPProbe(address: "127.0.0.1", port: 1, path: "/")),
            ("http://10.0.0.1", HTTPProbe(address: "10.0.0.1", port: 80, path: "/")),
            ("http://[::1]:8082/a?b=c", HTTPProbe(address: "::1", port: 8082, path: "/a?b=c")),
        ]
    )
    func `an address is read`(url: String, probe: HTTPProbe) throws {
        #expect(try HTTPProbe(url: url) == probe)
    }

    @Test(
        arguments: [
            "", "8081", "https://127.0.0.1:8081/", "http://backend:8081/", "http://127.0.0.1:0/",
            "http://127.0.0.1:65536/", "http://127.0.0.1:8081/a b", "http://::1:80/",
        ]
    )
    func `what is no address of that kind is refused`(url: String) {
        let error = #expect(throws: WebServerError.self) { try HTTPProbe(url: url) }
        #expect(error?.description.hasPrefix("\(url): http://address:port/path is wanted") == true)
    }

    @Test(arguments: [
        (200, "ok\n", "ok"), (503, "overdue: web\nmore", "overdue: web"), (404, "", ""),
    ])
    func `status and first line come back`(status: Int, body: String, line: String) throws {
        let running = try RunningServer(
            routes: [HTTPRoute(.get, "/livez", .immediate { _ in .text(body, status: status) })]
        )
        let probe = HTTPProbe(address: "127.0.0.1", port: running.port, path: "/livez")
        let answer = try probe.ask(withinMilliseconds: Self.limitMilliseconds)
        #expect(answer == HTTPProbe.Answer(status: status, line: line))
    }

    @Test func `a port where nobody listens is an error that says so`() throws {
        let probe = HTTPProbe(address: "127.0.0.1", port: try freePort(), path: "/")
        let error = #expect(throws: WebServerError.self) {
            try probe.ask(withinMilliseconds: Self.limitMilliseconds)
        }
        #expect(error == .noAnswer(reason: "Connection refused"))
    }

    @Test func `a process that takes the connection and says nothing is given up in time`() throws {
        let running = try RunningServer()
        let mute = try TCPProxy(to: running.port)
        mute.condition = .silent
        let probe = HTTPProbe(address: "127.0.0.1", port: mute.port, path: "/")
        let begin = ContinuousClock.now
        let error = #expect(throws: WebServerError.self) {
            try probe.ask(withinMilliseconds: 300)
        }
        #expect(error == .noAnswer(reason: "the time is over"))
        // The probe's clock counts whole milliseconds.
        #expect(begin.duration(to: .now) > .milliseconds(298))
    }

    @Test(
        arguments: [
            ("", "it closed"), ("SSH-2.0-OpenSSH\r\n", "it speaks no HTTP"),
            ("HTTP/1.1 2", "it speaks no HTTP"),
        ]
    )
    func `an answer that is no HTTP is an error`(text: String, reason: String) {
        let error = #expect(throws: WebServerError.self) {
            try HTTPProbe.answer(in: Array(text.utf8))
        }
        #expect(error == .noAnswer(reason: reason))
    }
}
