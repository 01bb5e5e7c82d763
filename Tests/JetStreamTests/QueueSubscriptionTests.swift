import Foundation
import JetStream
import Synchronization
import Testing
import TestSupport
import Threading

@Suite(.serialized)
struct `Queue subscription` {
    private func publish(_ count: Int, on connection: NATSConnection) throws {
        for number in 0..<count {
            try connection.publish("bets", body: Array("bet \(number)".utf8))
        }
        try connection.flush(timeoutMilliseconds: 5_000)
    }

    @Test
    func `shares the messages with the others of its group`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let other = try server.connect()
        let manager = try connection.prepareBets()
        let mine = Collector<UInt64>()
        let others = Collector<UInt64>()
        let first = try connection.joinBets { message in
            mine.add(message.delivery?.streamSequence ?? 0)
            connection.answer(message, .acknowledge)
        }
        let second = try other.joinBets { message in
            others.add(message.delivery?.streamSequence ?? 0)
            other.answer(message, .acknowledge)
        }
        try other.flush(timeoutMilliseconds: 2_000)
        try publish(1_000, on: connection)
        #expect(try await eventually { mine.count + others.count == 1_000 })
        #expect(Set(mine.all + others.all) == Set(1...1_000))
        #expect(mine.count > 100 && others.count > 100)
        #expect(
            try await eventually {
                let info = try manager.consumerInfo(
                    stream: "bets_stream",
                    consumer: "bets_consumer"
                )
                return info?.ackPending == 0 && info?.ackFloor.streamSequence == 1_000
                    && info?.isPushBound == true && info?.pending == 0
            }
        )
        #expect(first.leave(drainTimeoutMilliseconds: 2_000))
        #expect(second.leave(drainTimeoutMilliseconds: 2_000))
        #expect(try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer") != nil)
    }

    @Test
    func `hands out what is queued when it leaves, then nothing`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let manager = try connection.prepareBets()
        let gate = Atomic(false)
        let handled = Atomic(0)
        let subscription = try connection.joinBets { message in
            while !gate.load(ordering: .acquiring) { sched_yield() }
            handled.add(1, ordering: .relaxed)
            connection.answer(message, .acknowledge)
        }
        try publish(200, on: connection)
        #expect(try await eventually { subscription.pendingMessages >= 199 })
        let opener = Thread { gate.store(true, ordering: .releasing) }
        opener.start()
        #expect(subscription.leave(drainTimeoutMilliseconds: 5_000))
        #expect(handled.load(ordering: .relaxed) == 200)
        #expect(subscription.leave(drainTimeoutMilliseconds: 0))

        try publish(10, on: connection)
        let info = try #require(
            try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer")
        )
        #expect(!info.isPushBound && info.pending == 10)
        #expect(handled.load(ordering: .relaxed) == 200)

        let rejoined = try connection.joinBets { message in
            handled.add(1, ordering: .relaxed)
            connection.answer(message, .acknowledge)
        }
        #expect(try await eventually { handled.load(ordering: .relaxed) == 210 })
        #expect(rejoined.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test
    func `throws its queue away when it leaves without time`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        _ = try connection.prepareBets()
        let gate = Atomic(false)
        let handled = Atomic(0)
        let subscription = try connection.joinBets { _ in
            handled.add(1, ordering: .relaxed)
            while !gate.load(ordering: .acquiring) { sched_yield() }
        }
        try publish(100, on: connection)
        #expect(
            try await eventually {
                handled.load(ordering: .relaxed) == 1 && subscription.pendingMessages >= 99
            }
        )
        #expect(!subscription.leave(drainTimeoutMilliseconds: 0))
        gate.store(true, ordering: .releasing)
        #expect(subscription.leave(drainTimeoutMilliseconds: 5_000))
        #expect(handled.load(ordering: .relaxed) == 1)
    }

    @Test
    func `gets a message again after the delay it asked for, and not while it is at work`()
        async throws
    {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        _ = try connection.prepareBets(ackWaitMilliseconds: 1_000)
        let seen = Collector<(Delivery, ContinuousClock.Instant)>()
        let subscription = try connection.joinBets { message in
            guard let delivery = message.delivery else { return }
            seen.add((delivery, .now))
            if delivery.streamSequence == 1 {
                let isFirst = delivery.deliveredCount == 1
                connection.answer(
                    message,
                    isFirst ? .notAcknowledged(delayNanoseconds: 700_000_000) : .acknowledge
                )
            } else if delivery.deliveredCount == 1 {
                // Two seconds of work, twice the ack wait.
                for _ in 0..<8 {
                    takesTime(.milliseconds(250))
                    connection.answer(message, .inProgress)
                }
                connection.answer(message, .terminate)
            }
        }
        try publish(1, on: connection)
        #expect(try await eventually { seen.count == 2 })
        let pause = seen.all[1].1 - seen.all[0].1
        #expect(pause >= .milliseconds(650) && pause < .seconds(3))
        #expect(seen.all[1].0.deliveredCount == 2)

        try publish(1, on: connection)
        #expect(try await eventually { seen.count == 3 })
        let manager = JetStreamManager(connection)
        #expect(
            try await eventually {
                try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer")?
                    .ackPending == 0
            }
        )
        #expect(seen.count == 3)
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test
    func `without a group each gets every message`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let seen = [Collector<String>(), Collector<String>()]
        let subscriptions = try seen.map { seen in
            try QueueSubscription(
                on: connection,
                subject: "news.>",
                group: nil,
                pendingMessagesMax: 100,
                pendingBytesMax: 1 << 20
            ) { message in seen.add(message.subject) }
        }
        try connection.flush(timeoutMilliseconds: 2_000)
        for subject in ["news.a", "news.b.c"] { try connection.publish(subject, body: [1]) }
        for seen in seen {
            #expect(try await eventually { seen.all == ["news.a", "news.b.c"] })
        }
        for subscription in subscriptions {
            #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
        }
    }

    @Test
    func `an ephemeral consumer hands out what the stream holds`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let manager = JetStreamManager(connection)
        var stream = StreamConfiguration(name: "latest", subjects: ["latest.>"])
        stream.maxMessagesPerSubject = 1
        try manager.createStream(stream)
        for subject in ["latest.a", "latest.b", "latest.a"] {
            _ = try connection.publishAcknowledged(
                subject,
                body: [1],
                messageID: nil,
                timeoutMilliseconds: 2_000
            )
        }
        let seen = Collector<String>()
        let subscription = try QueueSubscription(
            on: connection,
            subject: "_INBOX.latest",
            group: nil,
            pendingMessagesMax: 100,
            pendingBytesMax: 1 << 20
        ) { message in
            seen.add("\(message.subject) \(message.delivery?.streamSequence ?? 0)")
            connection.answer(message, .acknowledge)
        }
        try connection.flush(timeoutMilliseconds: 2_000)
        var consumer = ConsumerConfiguration(durable: "")
        consumer.deliverSubject = "_INBOX.latest"
        // Each waits for the acknowledgement of the one before.
        consumer.maxAckPending = 1
        try manager.createEphemeralConsumer(consumer, on: "latest")
        #expect(try await eventually { seen.all == ["latest.b 2", "latest.a 3"] })
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
        consumer.durable = "named"
        #expect(throws: JetStreamError.self) {
            try manager.createEphemeralConsumer(consumer, on: "latest")
        }
    }

    @Test
    func `drops and counts what exceeds its limits`() async throws {
        let server = try await NATSServer.start()
        let events = Collector<ConnectionEvent>()
        let connection = try server.connect(events: events)
        let gate = Atomic(false)
        let subscription = try QueueSubscription(
            on: connection,
            subject: "flood",
            group: "g",
            pendingMessagesMax: 10,
            pendingBytesMax: 1 << 20
        ) { _ in while !gate.load(ordering: .acquiring) { sched_yield() } }
        for _ in 0..<100 { try connection.publish("flood", body: [1]) }
        #expect(try await eventually { subscription.droppedMessages >= 80 })
        #expect(try await eventually { events.all.contains(.slowConsumer(subject: "flood")) })
        gate.store(true, ordering: .releasing)
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test
    func `hands out messages that look like control messages`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        _ = try connection.prepareBets()
        let seen = Collector<Seen>()
        let subscription = try connection.joinBets { message in
            seen.add(Seen(message))
            connection.answer(message, .acknowledge)
        }
        try connection.flush(timeoutMilliseconds: 2_000)
        let blocks = [
            "NATS/1.0 404\r\n\r\n", "NATS/1.0 100 Idle Heartbeat\r\n\r\n",
            "NATS/1.0 100 FlowControl Request\r\n\r\n", "NATS/1.0 503\r\n\r\n",
            "NATS/1.0\r\nStatus: 404\r\nStatus: 408\r\n\r\n", "NATS/1.0\r\nbroken\r\n\r\n",
        ]
        let raw = try RawClient(port: server.port)
        for block in blocks { raw.publish("bets", headers: block, body: "") }
        raw.publish("bets", headers: "NATS/1.0\r\nA: 1\r\n\r\n", body: "body")
        raw.send("PUB bets 0\r\n\r\n")
        // Not from a consumer: an answer would be an order to somebody else.
        raw.send("PUB _bets.deliver $JS.API.STREAM.DELETE.bets_stream 3\r\nbad\r\n")
        #expect(try await eventually { seen.count == blocks.count + 3 })
        withExtendedLifetime(raw) {}
        let headers = seen.all.filter { $0.delivery != nil }.map(\.headers)
        let statuses = [
            ["Status=404"], ["Status=100", "Description=Idle Heartbeat"],
            ["Status=100", "Description=FlowControl Request"], ["Status=503"],
        ]
        // Current servers take the status off a message that they store.
        #expect(Array(headers.prefix(4)) == statuses || headers.prefix(4).allSatisfy(\.isEmpty))
        #expect(headers.dropFirst(4) == [["Status=404", "Status=408"], ["=broken"], ["A=1"], []])
        #expect(seen.all.filter { $0.delivery == nil }.map(\.body) == ["bad"])
        #expect(seen.all.filter { $0.body == "body" }.count == 1)
        let manager = JetStreamManager(connection)
        #expect(
            try await eventually {
                try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer")?
                    .ackFloor.streamSequence == UInt64(blocks.count + 2)
            }
        )
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test
    func `ends with its connection`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        _ = try connection.prepareBets()
        let subscription = try connection.joinBets { _ in }
        connection.close()
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
        #expect(throws: JetStreamError.closed) { try connection.joinBets { _ in } }
        #expect(throws: JetStreamError.closed) { try connection.publish("bets", body: []) }
    }

    @Test
    func `answers some of a list`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        let manager = try connection.prepareBets()
        let replies = Monitor(ReplyList(reserving: 10))
        let subscription = try connection.joinBets { message in
            replies.withLock { _ = $0.append(message) }
        }
        try publish(10, on: connection)
        #expect(try await eventually { replies.withLock { $0.count } == 10 })
        var list = replies.withLock { $0 }
        try connection.answer(list, at: stride(from: 0, to: 10, by: 2), with: .acknowledge)
        func ackPending() throws -> Int? {
            try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer")?.ackPending
        }
        #expect(try await eventually { try ackPending() == 5 })
        var rest = ReplyList(reserving: 5)
        for index in [1, 3, 5, 7, 9] { rest.append(index, of: list) }
        try connection.answer(rest, with: .acknowledge)
        #expect(try await eventually { try ackPending() == 0 })
        list.removeAll(keepingCapacity: true)
        #expect(list.isEmpty)
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
    }
}
