import Foundation
import JetStream
import Synchronization
import Testing
import TestSupport

@Suite(.serialized)
struct Publishers {
    private func publisher(
        on connection: NATSConnection,
        windowMax: Int = 100,
        timeoutMilliseconds: Int = 5_000,
        _ outcomes: Collector<PublishOutcome>
    ) throws -> Publisher {
        try Publisher(
            on: connection,
            windowMax: windowMax,
            acknowledgementTimeoutMilliseconds: timeoutMilliseconds
        ) { outcomes.add($0) }
    }

    @Test
    func `report the sequence of every message, and duplicates`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let manager = try connection.prepareBets()
        let outcomes = Collector<PublishOutcome>()
        let publisher = try publisher(on: connection, outcomes)
        for token in 1...2_000 {
            // Every id twice.
            try publisher.publish(
                "bets",
                messageID: "id-\((token + 1) / 2)",
                token: UInt64(token),
                body: Array("bet".utf8),
                contentType: "application/json"
            )
        }
        #expect(publisher.waitForAll(timeoutMilliseconds: 10_000))
        #expect(outcomes.count == 2_000)
        var sequences: [UInt64: UInt64] = [:]
        var duplicates = 0
        for outcome in outcomes.all {
            guard
                case .acknowledged(let token, let stream, let sequence, let isDuplicate, _) =
                    outcome
            else {
                Issue.record("\(outcome)")
                continue
            }
            #expect(stream == "bets_stream")
            sequences[token] = sequence
            duplicates += isDuplicate ? 1 : 0
        }
        #expect(duplicates == 1_000)
        #expect((1...2_000).allSatisfy { sequences[UInt64($0)] == UInt64(($0 + 1) / 2) })
        let message = try #require(try manager.message(stream: "bets_stream", sequence: 1))
        #expect(message.headers.contains { $0.name == "Content-Type" })
        publisher.close()
        publisher.close()
        #expect(throws: JetStreamError.closed) {
            try publisher.publish("bets", messageID: nil, token: 1, body: [])
        }
    }

    @Test
    func `are refused by a full stream and by a subject without one`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        // The check of nats-server 2.9.10 leaves its own 34 bytes a message out: at other limits
        // it may take the message and drop the oldest one.
        _ = try connection.prepareBets(maxBytes: 10_000)
        let outcomes = Collector<PublishOutcome>()
        let publisher = try publisher(on: connection, outcomes)
        for token in 1...200 {
            try publisher.publish(
                "bets",
                messageID: nil,
                token: UInt64(token),
                body: [UInt8](repeating: 1, count: 100)
            )
        }
        try publisher.publish("nobody", messageID: nil, token: 201, body: [])
        #expect(publisher.waitForAll(timeoutMilliseconds: 10_000))
        let refused = outcomes.all.compactMap { outcome -> Int? in
            guard case .refused(_, _, let errorCode, _) = outcome else { return nil }
            return errorCode
        }
        #expect(refused.contains(10_077) && refused.contains(0))
        #expect(refused.count == 127)
        #expect(throws: JetStreamError.self) {
            try connection.publishAcknowledged(
                "bets",
                body: [UInt8](repeating: 1, count: 100),
                messageID: nil,
                timeoutMilliseconds: 2_000
            )
        }
    }

    @Test(arguments: [
        ("two words", "id", "A"), ("", "id", "A"), ("a..b", "id", "A"),
        ("a\r\nPUB b 0\r\n", "id", "A"),
        ("bets", "line\r\nbreak", "A"), ("bets", "id", "A:"), ("bets", "id", ""),
    ])
    func `take nothing that would break the protocol`(
        subject: String,
        messageID: String,
        header: String
    ) async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let outcomes = Collector<PublishOutcome>()
        let publisher = try publisher(on: connection, outcomes)
        #expect(throws: JetStreamError.self) {
            try publisher.publish(
                subject,
                messageID: messageID,
                token: 1,
                body: [],
                headers: [(header, "v")]
            )
        }
        #expect(publisher.unansweredCount == 0 && outcomes.count == 0)
    }

    @Test
    func `take nothing larger than the server does`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let publisher = try publisher(on: connection, Collector())
        #expect(connection.maxPayload == 65_536)
        #expect(throws: JetStreamError.payloadTooLarge(bytes: 70_000, bytesMax: 65_536)) {
            try publisher.publish(
                "bets",
                messageID: nil,
                token: 1,
                body: [UInt8](repeating: 0, count: 70_000)
            )
        }
        #expect(throws: JetStreamError.payloadTooLarge(bytes: 70_000, bytesMax: 65_536)) {
            try connection.publish("bets", body: [UInt8](repeating: 0, count: 70_000))
        }
    }

    @Test
    func `block while the window is full, and time out as unknown`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        // Somebody listens and never answers.
        let listener = try QueueSubscription(
            on: connection,
            subject: "silent",
            group: "g",
            pendingMessagesMax: 100,
            pendingBytesMax: 1 << 20
        ) { _ in }
        try connection.flush(timeoutMilliseconds: 2_000)
        let outcomes = Collector<PublishOutcome>()
        let publisher = try publisher(
            on: connection,
            windowMax: 3,
            timeoutMilliseconds: 400,
            outcomes
        )
        let start = ContinuousClock.now
        for token in 1...3 {
            try publisher.publish("silent", messageID: nil, token: UInt64(token), body: [])
        }
        #expect(publisher.unansweredCount == 3)
        #expect(!publisher.waitForAll(timeoutMilliseconds: 50))
        try publisher.publish("silent", messageID: nil, token: 4, body: [])
        #expect(ContinuousClock.now - start >= .milliseconds(400))
        #expect(publisher.waitForAll(timeoutMilliseconds: 5_000))
        #expect(outcomes.all == (1...4).map { .unknown(token: $0, why: .timeout) })
        try publisher.publish("silent", messageID: nil, token: 5, body: [])
        publisher.close()
        #expect(outcomes.all.last == .unknown(token: 5, why: .closed))
        #expect(listener.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test
    func `report an answer that is none of JetStream's as unknown`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let echo = try QueueSubscription(
            on: connection,
            subject: "echo",
            group: "g",
            pendingMessagesMax: 100,
            pendingBytesMax: 1 << 20
        ) { message in
            try? connection.publish(message.reply ?? "", body: Array("what?".utf8))
        }
        let outcomes = Collector<PublishOutcome>()
        let publisher = try publisher(on: connection, outcomes)
        try publisher.publish("echo", messageID: nil, token: 1, body: [])
        #expect(publisher.waitForAll(timeoutMilliseconds: 5_000))
        #expect(outcomes.all == [.unknown(token: 1, why: .malformedAnswer)])
        #expect(echo.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test
    func `lose nothing and double nothing over a kill of the server`() async throws {
        let server = try await NATSServer.start()
        let events = Collector<ConnectionEvent>()
        let connection = try server.connect(events: events)
        let manager = try connection.prepareBets()
        let outcomes = Collector<PublishOutcome>()
        let publisher = try publisher(
            on: connection,
            windowMax: 50,
            timeoutMilliseconds: 1_500,
            outcomes
        )
        let isDone = Atomic(false)
        let refusals = Atomic(0)
        let worker = Thread {
            for token in 1...UInt64(3_000) {
                while true {
                    do {
                        try publisher.publish(
                            "bets",
                            messageID: "id-\(token)",
                            token: token,
                            body: [1, 2, 3]
                        )
                        break
                    } catch {
                        refusals.add(1, ordering: .relaxed)
                        takesTime(.milliseconds(10))
                    }
                }
                takesTime(.microseconds(300))
            }
            isDone.store(true, ordering: .releasing)
        }
        worker.start()
        #expect(try await eventually { outcomes.count > 500 })
        try await server.process.stop(SIGKILL)
        #expect(try await eventually { events.all.contains(.disconnected) })
        #expect(connection.probe().isConnected == false && !connection.probe().isWedged)
        try await server.start()
        #expect(try await eventually { connection.isConnected })
        #expect(try await eventually(within: .seconds(30)) { isDone.load(ordering: .acquiring) })
        #expect(publisher.waitForAll(timeoutMilliseconds: 10_000))
        #expect(outcomes.count == 3_000)
        #expect(Set(outcomes.all.map(\.token)).count == 3_000)

        // What is not acknowledged is published again with the same id.
        var pending = outcomes.all.filter {
            if case .acknowledged = $0 { false } else { true }
        }.map(\.token)
        while let token = pending.popLast() {
            let receipt = try connection.publishAcknowledged(
                "bets",
                body: [1, 2, 3],
                messageID: "id-\(token)",
                timeoutMilliseconds: 5_000
            )
            #expect(receipt.sequence > 0)
        }
        #expect(try manager.streamInfo("bets_stream")?.messages == 3_000)
    }

    @Test
    func `are told of a duplicate when an unknown message was stored after all`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        _ = try connection.prepareBets()
        let outcomes = Collector<PublishOutcome>()
        let publisher = try publisher(on: connection, timeoutMilliseconds: 300, outcomes)
        // Frozen, the server takes the bytes and answers too late.
        try await server.process.freeze()
        try publisher.publish("bets", messageID: "id-1", token: 1, body: [1])
        #expect(publisher.waitForAll(timeoutMilliseconds: 5_000))
        #expect(outcomes.all == [.unknown(token: 1, why: .timeout)])
        server.process.kill(SIGCONT)
        try connection.flush(timeoutMilliseconds: 5_000)
        try publisher.publish("bets", messageID: "id-1", token: 2, body: [1])
        #expect(try await eventually { outcomes.count == 2 })
        guard case .acknowledged(2, "bets_stream", 1, true, _)? = outcomes.all.last else {
            Issue.record("\(outcomes.all)")
            return
        }
    }
}
