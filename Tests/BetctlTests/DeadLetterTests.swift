import JetStream
import TestSupport
import Testing
import Topology

@testable import betctl

@Suite(.serialized) struct `Dead letters` {
    private static func box(_ server: NATSServer) throws -> DeadLetterBox {
        let connection = try NATSConnection(
            NATSConfiguration(urls: server.url, name: "test")
        ) { _ in }
        let manager = JetStreamManager(connection)
        try Topology().createMissing(manager)
        return DeadLetterBox(connection: connection, manager: manager)
    }

    private static func bury(_ box: DeadLetterBox, _ reason: String, _ body: String) throws {
        _ = try box.connection.publishAcknowledged(
            Topology.deadBetsPrefix + reason,
            body: Array(body.utf8),
            messageID: "dead-\(body)",
            headers: [
                ("Content-Type", "application/json"), ("Betting-Reason", reason),
                ("X-Trace", "7\u{7f}x"),
            ],
            timeoutMilliseconds: 5_000
        )
    }

    @Test func `are listed newest first, and by reason`() async throws {
        let server = try await NATSServer.start()
        let box = try Self.box(server)
        for number in 1...3 { try Self.bury(box, "malformed", "m\(number)") }
        try Self.bury(box, "bad_id", "b")
        #expect(try box.newest(2, reason: nil).map(\.message.sequence) == [4, 3])
        #expect(try box.newest(9, reason: "malformed").map(\.message.sequence) == [3, 2, 1])
        let line = try #require(try box.newest(1, reason: "bad_id").first?.line)
        #expect(line.contains("bad_id  1 bytes"))
        #expect(!line.unicodeScalars.contains { $0.value == 0x7f })
        box.connection.close()
        server.process.kill(9)
    }

    @Test func `are published again under a new id each time`() async throws {
        let server = try await NATSServer.start()
        let box = try Self.box(server)
        _ = try box.connection.publishAcknowledged(
            Topology.betsSubject,
            body: Array("{".utf8),
            messageID: "dead-{",
            timeoutMilliseconds: 5_000
        )
        try Self.bury(box, "malformed", "{")
        let letter = try #require(try box.at([1]).first)
        #expect(try [box.replay(letter), box.replay(letter)] == [2, 3])
        let message = try #require(
            try box.manager.message(stream: Topology.betsStream, sequence: 3)
        )
        #expect(message.body == Array("{".utf8))
        let names = Set(message.headers.map(\.name))
        #expect(names == ["Content-Type", "X-Trace", "Nats-Msg-Id"])
        box.connection.close()
        server.process.kill(9)
    }

    @Test func `are gone after a purge`() async throws {
        let server = try await NATSServer.start()
        let box = try Self.box(server)
        for number in 1...3 { try Self.bury(box, "malformed", "m\(number)") }
        #expect(try box.purge() == 3)
        #expect(try box.newest(9, reason: nil).isEmpty)
        #expect(throws: CommandFailure.self) { try box.at([1]) }
        box.connection.close()
        server.process.kill(9)
    }
}
