import JetStream
import NATSAccess
import ServiceKit
import Synchronization
import Testing
import TestSupport

/// TLS against a real server with certificates of an authority that lives as long as the test.
@Suite struct NATSEncryptionTests {
    private func block(_ own: CertificateAuthority.Certificate, _ more: String = "") -> String {
        """
        tls { cert_file: "\(own.certificateFile)", key_file: "\(own.keyFile)", \(more) }
        """
    }

    private func connect(_ url: String, _ files: [String: String]) throws -> NATSConnection {
        let values = files.merging(["NATS_URL": url]) { given, _ in given }
        return try NATSConnection(
            NATSConfiguration(Environment(values), role: .backend, name: "test")
        ) { _ in }
    }

    private func error(_ url: String, _ files: [String: String]) -> JetStreamError? {
        do {
            _ = try connect(url, files)
            return nil
        } catch { return error as? JetStreamError }
    }

    @Test func `a server is taken that proves its name, and no other`() async throws {
        let authority = try CertificateAuthority()
        let server = try await NATSServer.start(
            configuration: block(try authority.certificate("nats", names: ["IP:127.0.0.1"]))
        )
        let address = "tls://127.0.0.1:\(server.port)"
        let connection = try connect(address, ["NATS_CA_FILE": authority.file])
        let manager = JetStreamManager(connection)
        try manager.createStream(StreamConfiguration(name: "bets_stream", subjects: ["bets"]))
        for number in 1...200 {
            let receipt = try connection.publishAcknowledged(
                "bets",
                body: Array(repeating: 0x20, count: number * 10),
                messageID: nil,
                timeoutMilliseconds: 5_000
            )
            #expect(receipt.sequence == UInt64(number))
        }

        let stranger = try CertificateAuthority()
        let wrong: [(url: String, files: [String: String])] = [
            (address, ["NATS_CA_FILE": stranger.file]), (address, [:]),
            ("tls://localhost:\(server.port)", ["NATS_CA_FILE": authority.file]),
        ]
        for attempt in wrong {
            guard case .untrusted? = error(attempt.url, attempt.files) else {
                Issue.record("\(attempt): \(String(describing: error(attempt.url, attempt.files)))")
                continue
            }
        }
    }

    @Test func `deliveries come over TLS, and their connection ends when it is told to`()
        async throws
    {
        let authority = try CertificateAuthority()
        let server = try await NATSServer.start(
            configuration: block(try authority.certificate("nats", names: ["IP:127.0.0.1"]))
        )
        let files = ["NATS_CA_FILE": authority.file]
        let address = "tls://127.0.0.1:\(server.port)"
        let sender = try connect(address, files)
        let values = files.merging(["NATS_URL": address]) { given, _ in given }
        let configuration = try NATSConfiguration(
            Environment(values),
            role: .backend,
            name: "test"
        )
        for round in 1...3 {
            let received = Atomic(0)
            let connection = try NATSConnection(configuration.forDeliveries) { _ in }
            let subscription = try QueueSubscription(
                on: connection,
                subject: "deliveries",
                group: "group",
                pendingMessagesMax: 20_000,
                pendingBytesMax: 64 << 20,
                aheadBytesMax: 100_000
            ) { _ in received.add(1, ordering: .relaxed) }
            try connection.flush(timeoutMilliseconds: 5_000)
            for _ in 0..<2_000 {
                try sender.publish("deliveries", body: Array(repeating: 0x20, count: 3_000))
            }
            try sender.flush(timeoutMilliseconds: 5_000)
            if round > 1 {
                #expect(try await eventually { received.load(ordering: .relaxed) == 2_000 })
            }
            let begin = ContinuousClock.now
            subscription.leave(drainTimeoutMilliseconds: round == 2 ? 1_000 : 0)
            connection.close()
            #expect(begin.duration(to: .now) < .seconds(4))
        }
    }

    /// libnats 3.4.1 reads and writes on one TLS object from two threads.
    @Test func `bets come and acknowledgements go at the same time`() async throws {
        let authority = try CertificateAuthority()
        let server = try await NATSServer.start(
            configuration: block(try authority.certificate("nats", names: ["IP:127.0.0.1"]))
        )
        let values = [
            "NATS_URL": "tls://127.0.0.1:\(server.port)", "NATS_CA_FILE": authority.file,
        ]
        let losses = Atomic(0)
        let connection = try NATSConnection(
            NATSConfiguration(Environment(values), role: .backend, name: "test")
        ) { event in
            if case .disconnected = event { losses.add(1, ordering: .relaxed) }
        }
        let manager = JetStreamManager(connection)
        try manager.createStream(StreamConfiguration(name: "bets_stream", subjects: ["bets"]))
        var consumer = ConsumerConfiguration(durable: "bets_consumer")
        consumer.deliverSubject = "_bets.deliver.1"
        consumer.deliverGroup = "group"
        consumer.maxAckPending = 8_192
        try manager.createConsumer(consumer, on: "bets_stream")
        let subscription = try QueueSubscription(
            on: connection,
            subject: "_bets.deliver.1",
            group: "group",
            pendingMessagesMax: 20_000,
            pendingBytesMax: 16 << 20
        ) { message in
            var reply = ReplyList(reserving: 1)
            if reply.append(message) { try? connection.answer(reply, with: .acknowledge) }
        }
        let count = 20_000
        let acknowledged = Atomic(0)
        let publisher = try Publisher(
            on: connection,
            windowMax: 256,
            acknowledgementTimeoutMilliseconds: 10_000
        ) { outcome in
            if case .acknowledged = outcome { acknowledged.add(1, ordering: .relaxed) }
        }
        for number in 0..<count {
            try publisher.publish(
                "bets",
                messageID: nil,
                token: UInt64(number),
                body: Array(repeating: 0x20, count: 150)
            )
        }
        #expect(publisher.waitForAll(timeoutMilliseconds: 20_000))
        #expect(acknowledged.load(ordering: .relaxed) == count)
        let isQuiet = try await eventually(within: .seconds(20)) {
            let info = try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer")
            return info?.pending == 0 && info?.ackPending == 0
        }
        #expect(isQuiet)
        #expect(losses.load(ordering: .relaxed) == 0)
        #expect(subscription.leave(drainTimeoutMilliseconds: 1_000))
    }

    @Test func `a server without TLS gets no password`() async throws {
        let server = try await NATSServer.start()
        #expect(
            error("tls://user:secret@127.0.0.1:\(server.port)", [:])
                == .untrusted("it speaks no TLS")
        )
    }

    @Test func `a server that wants a certificate gets it`() async throws {
        let authority = try CertificateAuthority()
        let own = try authority.certificate("nats", names: ["IP:127.0.0.1"])
        let server = try await NATSServer.start(
            configuration: block(own, "ca_file: \"\(authority.file)\", verify: true")
        )
        let address = "tls://127.0.0.1:\(server.port)"
        let client = try authority.certificate("backend", names: ["DNS:backend"])
        let files = [
            "NATS_CA_FILE": authority.file, "NATS_CERT_FILE": client.certificateFile,
            "NATS_KEY_FILE": client.keyFile,
        ]
        #expect(try connect(address, files).isConnected)
        #expect(error(address, ["NATS_CA_FILE": authority.file]) != nil)
        let stranger = try CertificateAuthority()
        let other = try stranger.certificate("backend", names: ["DNS:backend"])
        let foreign = files.merging([
            "NATS_CERT_FILE": other.certificateFile, "NATS_KEY_FILE": other.keyFile,
        ]) { _, new in new }
        #expect(error(address, foreign) != nil)
    }

    @Test func `a file that cannot be read is named`() {
        let missing = ["NATS_CA_FILE": "/nowhere/ca.pem"]
        guard case .invalid(let text)? = error("tls://127.0.0.1:1", missing) else {
            Issue.record("no error of the settings")
            return
        }
        #expect(text.contains("/nowhere/ca.pem"))
    }
}
