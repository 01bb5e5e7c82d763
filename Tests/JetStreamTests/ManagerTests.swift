import JetStream
import Testing
import TestSupport

@Suite(.serialized)
struct `Streams and consumers` {
    @Test
    func `are created, inspected, changed and deleted`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let manager = JetStreamManager(connection)
        #expect(try manager.streamInfo("bets_stream") == nil)
        #expect(try manager.consumerInfo(stream: "bets_stream", consumer: "c") == nil)
        #expect(try manager.message(stream: "bets_stream", sequence: 1) == nil)

        var wanted = StreamConfiguration(name: "bets_stream", subjects: ["bets", "more.>"])
        wanted.discard = .new
        wanted.maxAgeNanoseconds = 86_400_000_000_000
        wanted.maxBytes = 1 << 30
        wanted.maxMessages = 1_000_000
        wanted.maxMessagesPerSubject = 500_000
        wanted.maxMessageBytes = 4_096
        wanted.deniesDelete = true
        let created = try manager.createStream(wanted)
        #expect(created.createdNanoseconds > 1_600_000_000_000_000_000)
        #expect(
            JetStreamManager.differences(wanted: wanted, actual: created.configuration).isEmpty
        )
        #expect(try manager.createStream(wanted).createdNanoseconds == created.createdNanoseconds)

        var other = wanted
        other.maxBytes = 1 << 20
        #expect(throws: JetStreamError.self) { try manager.createStream(other) }
        try manager.updateStream(other)
        let info = try #require(try manager.streamInfo("bets_stream"))
        #expect(
            JetStreamManager.differences(wanted: wanted, actual: info.configuration).map(\.field)
                == ["max_bytes"]
        )
        #expect(info.createdNanoseconds == created.createdNanoseconds)

        try checkConsumer(manager)
        #expect(try manager.deleteStream("bets_stream"))
        #expect(try !manager.deleteStream("bets_stream"))
    }

    private func checkConsumer(_ manager: JetStreamManager) throws {
        var wanted = ConsumerConfiguration(durable: "bets_consumer")
        wanted.deliverSubject = "_bets.deliver.1"
        wanted.deliverGroup = "group"
        wanted.ackWaitMilliseconds = 10_000
        wanted.maxAckPending = 8_192
        let created = try manager.createConsumer(wanted, on: "bets_stream")
        #expect(
            JetStreamManager.differences(wanted: wanted, actual: created.configuration).isEmpty
        )
        #expect(created.createdNanoseconds > 1_600_000_000_000_000_000)
        #expect(!created.isPushBound)
        #expect(throws: Never.self) { try manager.createConsumer(wanted, on: "bets_stream") }

        var poor = wanted
        poor.durable = "poor"
        poor.deliverSubject = "_poor"
        poor.maxDeliver = 5
        poor.backoff = [1_000_000_000, 2_000_000_000]
        poor.acknowledgementPolicy = .all
        poor.filterSubject = "bets"
        poor.start = .sequence(3)
        try manager.createConsumer(poor, on: "bets_stream")
        let info = try #require(try manager.consumerInfo(stream: "bets_stream", consumer: "poor"))
        let fields = JetStreamManager.differences(wanted: wanted, actual: info.configuration)
            .map(\.field)
        #expect(
            fields == [
                "durable_name", "deliver_subject", "filter_subject", "ack_policy", "ack_wait",
                "max_deliver", "backoff", "deliver_policy",
            ]
        )
        #expect(info.configuration.backoff == poor.backoff)
        #expect(info.configuration.start == .sequence(3))
        #expect(try manager.deleteConsumer(stream: "bets_stream", consumer: "poor"))
        #expect(try !manager.deleteConsumer(stream: "bets_stream", consumer: "poor"))
        #expect(throws: JetStreamError.self) {
            try manager.createConsumer(wanted, on: "no_such_stream")
        }
    }

    @Test
    func `hold messages that can be read by their sequence`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let manager = try connection.prepareBets()
        let first = try connection.publishAcknowledged(
            "bets",
            body: Array("one".utf8),
            messageID: "id-1",
            headers: [("Content-Type", "application/json")],
            timeoutMilliseconds: 2_000
        )
        #expect(
            first == PublishAcknowledgement(stream: "bets_stream", sequence: 1, isDuplicate: false)
        )
        let again = try connection.publishAcknowledged(
            "bets",
            body: [],
            messageID: "id-1",
            timeoutMilliseconds: 2_000
        )
        #expect(again.sequence == 1 && again.isDuplicate)
        try connection.publish("bets", body: [])
        try connection.flush(timeoutMilliseconds: 2_000)

        let stored = try #require(try manager.message(stream: "bets_stream", sequence: 1))
        #expect(stored.subject == "bets" && stored.body == Array("one".utf8))
        #expect(
            stored.headers.map { "\($0.name)=\($0.value)" }.sorted()
                == ["Content-Type=application/json", "Nats-Msg-Id=id-1"]
        )
        #expect(stored.timestampNanoseconds > 1_600_000_000_000_000_000)
        let second = try #require(try manager.message(stream: "bets_stream", sequence: 2))
        #expect(second.body.isEmpty && second.headers.isEmpty)
        #expect(try manager.message(stream: "bets_stream", sequence: 3) == nil)
        let info = try #require(try manager.streamInfo("bets_stream"))
        #expect(info.messages == 2 && info.firstSequence == 1 && info.lastSequence == 2)
        #expect(info.consumerCount == 1 && info.deletedCount == 0)
    }

    @Test
    func `are told apart from a server without JetStream`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        #expect(throws: JetStreamError.noResponders(operation: "publish")) {
            try connection.publishAcknowledged(
                "nobody",
                body: [],
                messageID: nil,
                timeoutMilliseconds: 2_000
            )
        }
        connection.close()
        #expect(throws: JetStreamError.closed) {
            try JetStreamManager(connection).streamInfo("bets_stream")
        }
    }
}
