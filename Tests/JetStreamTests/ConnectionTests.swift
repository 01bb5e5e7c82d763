import Foundation
import JetStream
import Synchronization
import Testing
import TestSupport

@Suite(.serialized)
struct Connections {
    @Test
    func `ask, publish and flush`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect(inboxPrefix: "_box.a")
        let seen = Collector<Seen>()
        let service = try QueueSubscription(
            on: connection,
            subject: "ask",
            group: "g",
            pendingMessagesMax: 10,
            pendingBytesMax: 1 << 20
        ) { message in
            seen.add(Seen(message))
            #expect(message.reply?.hasPrefix("_box.a.") == true)
            #expect(message.header("a") == "1" && message.header("c") == nil)
            try? connection.publish(message.reply ?? "", body: Array("answer".utf8))
        }
        let plain = try QueueSubscription(
            on: connection,
            subject: "plain",
            group: "g",
            pendingMessagesMax: 10,
            pendingBytesMax: 1 << 20
        ) { seen.add(Seen($0)) }
        #expect(throws: JetStreamError.timeout(operation: "request")) {
            try connection.request("plain", body: [], timeoutMilliseconds: 50)
        }
        try connection.publish("plain", body: [], headers: [("B", "2"), ("B", "3")])
        #expect(try await eventually { seen.count == 2 })
        #expect(seen.all[1].headers == ["B=2", "B=3"])
        #expect(throws: JetStreamError.noResponders(operation: "request")) {
            try connection.request("nobody", body: [], timeoutMilliseconds: 2_000)
        }
        #expect(connection.isConnected && connection.probe().disconnectedForMilliseconds == 0)
        #expect(plain.leave(drainTimeoutMilliseconds: 1_000))
        #expect(service.leave(drainTimeoutMilliseconds: 1_000))
    }

    @Test
    func `are given up when the server refuses their user twice, and say so`() async throws {
        let server = try await NATSServer.start()
        let connection = try server.connect()
        #expect(!connection.probe().isClosed)
        try server.reload(configuration: "authorization { user: other, password: pw }")
        #expect(try await eventually { connection.probe().isClosed })
        #expect(!connection.isConnected && !connection.probe().isWedged)
        try server.reload(configuration: "")
        let another = try await eventually { (try? server.connect()) != nil }
        #expect(another)
    }

    @Test
    func `say why they do not come about`() async throws {
        let port = try freePort()
        func attempt(_ urls: String) -> JetStreamError? {
            do throws(JetStreamError) {
                _ = try NATSConnection(NATSConfiguration(urls: urls, name: "t")) { _ in }
                return nil
            } catch { return error }
        }
        guard case .cannotConnect? = attempt("127.0.0.1:\(port)") else {
            Issue.record("a closed port")
            return
        }
        guard case .invalid? = attempt("") else {
            Issue.record("no address")
            return
        }
        let secret = attempt("nats://user:secret@127.0.0.1:notaport")
        #expect(secret != nil && !"\(String(describing: secret))".contains("secret"))

        let start = ContinuousClock.now
        #expect(throws: JetStreamError.self) {
            try NATSConnection.connect(
                NATSConfiguration(urls: "127.0.0.1:\(port)", name: "t"),
                retryingForMilliseconds: 1_500
            ) { _ in }
        }
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test
    func `are made while the server comes up late`() async throws {
        let port = try freePort()
        let result = Mutex<NATSConnection?>(nil)
        let thread = Thread {
            let connection = try? NATSConnection.connect(
                NATSConfiguration(urls: "127.0.0.1:\(port)", name: "t"),
                retryingForMilliseconds: 20_000
            ) { _ in }
            result.withLock { $0 = connection }
        }
        thread.start()
        let directory = try TemporaryDirectory("late")
        let server = ServerProcess(
            ["nats-server", "-a", "127.0.0.1", "-p", "\(port)"],
            logPath: directory.path + "/log"
        )
        try server.start()
        #expect(
            try await eventually(within: .seconds(20)) {
                result.withLock { $0?.isConnected ?? false }
            }
        )
        try await server.stop()
    }

    private static let authorization = """
        authorization {
          users = [
            { user: any, password: pw }
            { user: few, password: pw, permissions: {
                publish: ["allowed", "$JS.API.>"], subscribe: ["_few.>"] } }
          ]
        }
        """

    @Test
    func `tell of what the account may not do`() async throws {
        let server = try await NATSServer.start(configuration: Self.authorization)
        #expect(throws: JetStreamError.self) { try server.connect() }
        guard
            case .authenticationFailed? = #expect(
                throws: JetStreamError.self,
                performing: { try server.connect(credentials: "any:wrong@") }
            )
        else {
            Issue.record("a wrong password")
            return
        }
        let events = Collector<ConnectionEvent>()
        let connection = try server.connect(
            credentials: "few:pw@",
            inboxPrefix: "_few",
            events: events
        )
        try connection.publish("allowed", body: [])
        try connection.publish("forbidden", body: [])
        #expect(
            try await eventually {
                events.all.contains {
                    guard case .permissionViolation(let text) = $0 else { return false }
                    return text.contains("\"forbidden\"")
                }
            }
        )
        #expect(events.count == 1)
        let refusal = #expect(throws: JetStreamError.self) {
            try connection.publishAcknowledged(
                "forbidden",
                body: [],
                messageID: "1",
                timeoutMilliseconds: 300
            )
        }
        guard case .permissionDenied("publish", let reason)? = refusal else {
            Issue.record("\(String(describing: refusal))")
            return
        }
        #expect(reason.contains("\"forbidden\""))
        // What was refused before does not explain another silence.
        #expect(throws: JetStreamError.noResponders(operation: "request")) {
            try connection.request("allowed", body: [], timeoutMilliseconds: 300)
        }
        #expect(try JetStreamManager(connection).streamInfo("none") == nil)
        connection.close()
        #expect(try await eventually { events.all.last == .closed })
        #expect(!"\(events.all)".contains("pw"))
    }

    @Test
    func `come back with their subscriptions after a kill`() async throws {
        let server = try await NATSServer.start()
        let events = Collector<ConnectionEvent>()
        let connection = try server.connect(events: events)
        let manager = try connection.prepareBets(ackWaitMilliseconds: 2_000)
        let sequences = Collector<UInt64>()
        let subscription = try connection.joinBets { message in
            sequences.add(message.delivery?.streamSequence ?? 0)
            connection.answer(message, .acknowledge)
        }
        try connection.publish("bets", body: [1])
        #expect(try await eventually { sequences.count == 1 })
        for round in 1...3 {
            try await server.process.stop(SIGKILL)
            #expect(try await eventually { !connection.isConnected })
            #expect(!connection.probe().isWedged)
            try await server.start()
            #expect(try await eventually { connection.isConnected })
            let before = Set(sequences.all).count
            _ = try connection.publishAcknowledged(
                "bets",
                body: [1],
                messageID: "\(round)",
                timeoutMilliseconds: 5_000
            )
            #expect(try await eventually { Set(sequences.all).count > before })
        }
        let isReconnected: (ConnectionEvent) -> Bool = {
            guard case .reconnected(let server) = $0 else { return false }
            return server.contains("127.0.0.1")
        }
        #expect(events.all.filter { $0 == .disconnected }.count == 3)
        #expect(events.all.filter(isReconnected).count == 3)
        #expect(try manager.consumerInfo(stream: "bets_stream", consumer: "bets_consumer") != nil)
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test
    func `refuse what does not fit into the reconnect buffer`() async throws {
        let server = try await NATSServer.start()
        var configuration = NATSConfiguration(urls: server.url, name: "t")
        configuration.reconnectBufferBytes = 4_096
        let connection = try NATSConnection(configuration) { _ in }
        try await server.process.stop(SIGKILL)
        #expect(try await eventually { !connection.isConnected })
        #expect(throws: JetStreamError.bufferFull) {
            for _ in 0..<100 {
                try connection.publish("bets", body: [UInt8](repeating: 0, count: 100))
            }
        }
        connection.close()
        connection.close()
    }

    @Test
    func `report a wedge when a peer goes mute after INFO`() async throws {
        let server = try await NATSServer.start()
        let port = server.port
        var configuration = NATSConfiguration(urls: server.url, name: "t")
        configuration.connectTimeoutMilliseconds = 200
        configuration.reconnectWaitMilliseconds = 20
        let connection = try NATSConnection(configuration) { _ in }
        try await server.process.stop(SIGKILL)
        let mute = try MuteServer(port: port)
        // Ten seconds of patience, twice the connect timeout and the pause.
        #expect(
            try await eventually(within: .seconds(20)) {
                mute.greet()
                return connection.probe().isWedged
            }
        )
        #expect(connection.probe().disconnectedForMilliseconds > 9_000)
        mute.stop()
        #expect(try await eventually { !connection.probe().isWedged })
        try await server.start()
        #expect(try await eventually { connection.isConnected })
    }

    @Test
    func `do not hang on a first connect to a peer that goes mute after INFO`() async throws {
        let mute = try MuteServer()
        let greeter = Thread {
            for _ in 0..<100 {
                mute.greet()
                takesTime(.milliseconds(20))
            }
        }
        greeter.start()
        var configuration = NATSConfiguration(urls: "127.0.0.1:\(mute.port)", name: "t")
        configuration.connectTimeoutMilliseconds = 200
        #expect(throws: JetStreamError.wedged(operation: "connect")) {
            try NATSConnection(configuration) { _ in }
        }
        mute.stop()
    }
}
