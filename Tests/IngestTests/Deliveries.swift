import Ingest
import JetStream
import Synchronization
import TestSupport
import Testing

/// Messages that reach an intake the way JetStream delivers them: with a reply
/// subject that says what the test wants it to say.
final class Deliveries: Sendable {
    let connection: NATSConnection
    private let subject = "deliver.\(UInt64.random(in: 0 ... .max))"
    private let server: ScriptedServer
    private let subscription: QueueSubscription
    private let receptions: Receptions

    init(to intake: Intake) throws {
        server = try ScriptedServer()
        connection = try Self.connection(server)
        let receptions = Receptions()
        self.receptions = receptions
        subscription = try QueueSubscription(
            on: connection,
            subject: subject,
            group: "g",
            pendingMessagesMax: 20_000,
            pendingBytesMax: 64 << 20
        ) { message in
            receptions.add(intake.receive(message))
        }
        try connection.flush(timeoutMilliseconds: 5_000)
    }

    private static func connection(_ server: ScriptedServer) throws -> NATSConnection {
        try NATSConnection(
            NATSConfiguration(urls: "nats://127.0.0.1:\(server.port)", name: "test")
        ) { _ in }
    }

    /// Delivers messages and waits until the intake has judged them.
    @discardableResult
    func send(
        _ sequences: some Sequence<Int>,
        pending: Int = 0,
        delivered: Int = 1,
        headers: String = "",
        body: (Int) -> String = Deliveries.bet
    ) async throws -> [Intake.Reception] {
        let before = receptions.all.count
        var count = 0
        for sequence in sequences {
            let reply =
                "$JS.ACK.bets_stream.bets_consumer.\(delivered).\(sequence).\(sequence)."
                + "1750000000000000000.\(pending)"
            server.deliver(subject, reply: reply, headers: headers, body: body(sequence))
            count += 1
        }
        return try await judged(count, before)
    }

    /// Delivers something that does not come from JetStream.
    func sendPlain(reply: String) async throws -> [Intake.Reception] {
        let before = receptions.all.count
        server.deliver(subject, reply: reply, headers: "", body: "{}")
        return try await judged(1, before)
    }

    private func judged(_ count: Int, _ before: Int) async throws -> [Intake.Reception] {
        let isComplete = try await eventually { receptions.all.count == before + count }
        try #require(isComplete)
        return Array(receptions.all[before...])
    }

    /// A valid bet whose id ends with the sequence.
    static func bet(_ sequence: Int) -> String {
        let digits = String(sequence)
        let id = String(repeating: "0", count: 12 - digits.count) + digits
        return """
            {"id":"11111111-2222-3333-4444-\(id)","game_id":"g\(sequence % 3)",\
            "bet_type":"total","amount":2.5,"timestamp":"2025-06-15T10:00:00Z"}
            """
    }
}

private final class Receptions: Sendable {
    private let list = Mutex<[Intake.Reception]>([])

    var all: [Intake.Reception] { list.withLock { $0 } }

    func add(_ reception: Intake.Reception) { list.withLock { $0.append(reception) } }
}
