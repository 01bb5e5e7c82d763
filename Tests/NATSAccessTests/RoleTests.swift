import JetStream
import NATSAccess
import Testing
import TestSupport

/// `scripts/nats-roles.conf` against a real server: what each role may do, and nothing else.
@Suite struct RoleTests {
    private static let api = "$JS.API."

    /// Subjects, and who may publish to them.
    private static let publishing: [(subject: String, roles: Set<NATSRole>)] = [
        ("bets", [.publisher, .operator]),
        ("$JS.ACK.bets_stream.bets_consumer.1.1.1.1.0", [.backend]),
        ("$JS.ACK.bets_stream.another.1.1.1.1.0", [.operator]),
        ("$JS.ACK.stats_stream.any.1.1.1.1.0", [.aggregator]),
        ("stats.update", []),
        ("stats.update.pod.boot", [.backend]),
        ("dead.bets.malformed", [.backend, .operator]),
        ("_bets.deliver.1", []),
        ("_bets.rescue", [.operator]),
        ("_INBOX_publisher.x", []),
        ("_INBOX_backend.x", []),
        ("_INBOX_aggregator.x", []),
        ("_INBOX_operator.x", []),
        ("$SYS.REQ.SERVER.PING", []),
        (api + "STREAM.INFO.bets_stream", Set(NATSRole.allCases)),
        (api + "STREAM.INFO.stats_stream", [.backend, .aggregator, .operator]),
        (api + "STREAM.INFO.other", [.operator]),
        (api + "STREAM.CREATE.bets_stream", [.operator]),
        (api + "STREAM.UPDATE.bets_stream", [.backend, .operator]),
        (api + "STREAM.UPDATE.dead_letters", [.operator]),
        (api + "STREAM.DELETE.bets_stream", [.operator]),
        (api + "STREAM.DELETE.stats_stream", [.operator]),
        (api + "STREAM.PURGE.bets_stream", [.operator]),
        (api + "STREAM.PURGE.dead_letters", [.operator]),
        (api + "STREAM.MSG.GET.bets_stream", [.backend, .aggregator, .operator]),
        (api + "STREAM.MSG.DELETE.bets_stream", [.operator]),
        (api + "CONSUMER.INFO.bets_stream.bets_consumer", [.backend, .aggregator, .operator]),
        (api + "CONSUMER.CREATE.bets_stream", [.backend, .operator]),
        (api + "CONSUMER.CREATE.stats_stream", [.aggregator, .operator]),
        (api + "CONSUMER.DURABLE.CREATE.bets_stream.bets_consumer", [.operator]),
        (api + "CONSUMER.DELETE.bets_stream.clock", [.backend, .operator]),
        (api + "CONSUMER.DELETE.bets_stream.bets_consumer", [.operator]),
        (api + "CONSUMER.MSG.NEXT.bets_stream.any", [.operator]),
    ]

    /// Subjects and groups, and who may listen.
    private static let listening: [(subject: String, group: String?, roles: Set<NATSRole>)] = [
        ("_INBOX_publisher.x", nil, [.publisher]),
        ("_INBOX_backend.x", nil, [.backend]),
        ("_INBOX_aggregator.x", nil, [.aggregator]),
        ("_INBOX_operator.x", nil, [.operator]),
        ("_INBOX.x", nil, []),
        ("bets", nil, []),
        (">", nil, []),
        ("*", nil, []),
        ("_bets.deliver.1", "betting-engine-group", [.backend]),
        ("_bets.deliver.2", nil, []),
        ("_bets.deliver.3", "another", []),
        ("stats.update.>", nil, [.aggregator]),
        ("dead.>", nil, []),
        ("$JS.ACK.bets_stream.bets_consumer.>", nil, [.operator]),
        ("$JS.API.>", nil, []),
        ("$SYS.>", nil, []),
    ]

    @Test(arguments: NATSRole.allCases)
    func `publishes what is its own and nothing else`(role: NATSRole) async throws {
        let server = try await NATSServer.start(hasRoles: true)
        let client = try RoleClient(role, on: server)
        for attempt in Self.publishing { try client.connection.publish(attempt.subject, body: []) }
        let refused = try await client.refused(Self.publishing.map(\.subject))
        let expected = Self.publishing.filter { !$0.roles.contains(role) }.map(\.subject)
        #expect(refused == Set(expected))
    }

    @Test(arguments: NATSRole.allCases)
    func `hears what is for it and nothing else`(role: NATSRole) async throws {
        let server = try await NATSServer.start(hasRoles: true)
        let client = try RoleClient(role, on: server)
        for attempt in Self.listening {
            _ = try QueueSubscription(
                on: client.connection,
                subject: attempt.subject,
                group: attempt.group,
                pendingMessagesMax: 8,
                pendingBytesMax: 1 << 16
            ) { _ in }
        }
        let refused = try await client.refused(Self.listening.map(\.subject))
        let expected = Self.listening.filter { !$0.roles.contains(role) }.map(\.subject)
        #expect(refused == Set(expected))
    }

    @Test func `nobody comes in without a user, or with another's password`() async throws {
        let server = try await NATSServer.start(hasRoles: true)
        let strangers = [
            server.url, server.url(role: "backend").replacing(":secretOfbackend", with: ":x"),
            server.url(role: "backend").replacing("//backend", with: "//operator"),
        ]
        for url in strangers {
            let error = #expect(throws: JetStreamError.self) {
                try NATSConnection(NATSConfiguration(urls: url, name: "stranger")) { _ in }
            }
            guard case .authenticationFailed? = error else {
                Issue.record("\(url): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func `what is refused has no effect, and the error says so`() async throws {
        let server = try await NATSServer.start(hasRoles: true)
        let owner = JetStreamManager(try RoleClient(.operator, on: server).connection)
        try owner.createStream(StreamConfiguration(name: "bets_stream", subjects: ["bets"]))
        for role in NATSRole.allCases where role != .operator {
            let connection = try RoleClient(role, on: server).connection
            let manager = JetStreamManager(connection, timeoutMilliseconds: 500)
            let error = #expect(throws: JetStreamError.self) {
                try manager.deleteStream("bets_stream")
            }
            guard case .permissionDenied(_, let reason)? = error else {
                Issue.record("\(role): \(String(describing: error))")
                continue
            }
            #expect(reason.contains("$JS.API.STREAM.DELETE.bets_stream"))
            #expect(error?.disposition == .stop)
            guard role != .publisher else { continue }
            let refusal = #expect(throws: JetStreamError.self) {
                try connection.publishAcknowledged(
                    "bets",
                    body: [],
                    messageID: nil,
                    timeoutMilliseconds: 500
                )
            }
            guard case .permissionDenied? = refusal else {
                Issue.record("\(role): \(String(describing: refusal))")
                continue
            }
        }
        #expect(try owner.streamInfo("bets_stream")?.messages == 0)
        let publisher = try RoleClient(.publisher, on: server).connection
        let receipt = try publisher.publishAcknowledged(
            "bets",
            body: [],
            messageID: "1",
            timeoutMilliseconds: 5_000
        )
        #expect(receipt.sequence == 1)
    }

    @Test func `a passing change that is refused says so`() async throws {
        let server = try await NATSServer.start(hasRoles: true)
        let stream = StreamConfiguration(name: "bets_stream", subjects: ["bets"])
        try JetStreamManager(RoleClient(.operator, on: server).connection).createStream(stream)
        let update = try PassingUpdate(RoleClient(.aggregator, on: server).connection)
        let error = #expect(throws: JetStreamError.self) {
            try update.run(stream, then: stream, timeoutMilliseconds: 500)
        }
        guard case .permissionDenied? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a user of another role hears no answers, and is told why`() async throws {
        let server = try await NATSServer.start(hasRoles: true)
        let connection = try NATSConnection(
            NATSConfiguration(
                urls: server.url(role: "publisher"),
                name: "test",
                inboxPrefix: NATSRole.backend.inboxPrefix
            )
        ) { _ in }
        let manager = JetStreamManager(connection, timeoutMilliseconds: 500)
        for _ in 1...2 {
            let error = #expect(throws: JetStreamError.self) {
                try manager.streamInfo("bets_stream")
            }
            guard case .permissionDenied(_, let reason)? = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(reason.contains("_INBOX_backend."))
        }
    }
}
