import ServiceKit
import Testing
import WebServer

@testable import betctl

@Suite struct `What betctl health asks` {
    @Test(
        arguments: [
            ([:], [8081, 8082, 8080, 8090].map { "http://127.0.0.1:\($0)/livez" }),
            (["HTTP_PORT": "8084"], ["http://127.0.0.1:8084/livez"]),
            (["HTTP_PORT": "8084", "HTTP_ADDRESS": "::"], ["http://[::1]:8084/livez"]),
            (["HTTP_PORT": "1", "HTTP_ADDRESS": "10.0.0.7"], ["http://10.0.0.7:1/livez"]),
        ]
    )
    func `is where the services listen`(settings: [String: String], urls: [String]) throws {
        #expect(try HealthCommand.probes(Environment(settings)).map(\.url) == urls)
    }

    @Test(
        arguments: [
            (["HTTP_PORT": "http"], "HTTP_PORT=http"), (["HTTP_CERT_FILE": "/a"], "HTTP_CERT_FILE"),
        ]
    )
    func `is never a guess`(settings: [String: String], complaint: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try HealthCommand.probes(Environment(settings))
        }
        #expect(error?.description.hasPrefix(complaint) == true)
    }

    @Test func `nobody there is a failure with a sentence`() throws {
        let session = Session(Environment([:]))
        let command = try HealthCommand(["http://127.0.0.1:1/livez"])
        let error = #expect(throws: CommandFailure.self) { try command.run(in: session) }
        #expect(
            error?.description == "http://127.0.0.1:1/livez: no answer: Connection refused"
        )
    }
}
