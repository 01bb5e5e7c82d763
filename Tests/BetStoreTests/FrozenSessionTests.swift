import BetStore
import PostgresClient
import TestSupport
import Testing

/// Sessions that stand still inside a transaction, as those do whose process is frozen.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct FrozenSessionTests {
    private static let insert = """
        INSERT INTO poison_attempts (stream_epoch, stream_seq, attempts, pod_id)
        VALUES (1, 1, 1, 'p') ON CONFLICT DO NOTHING
        """

    private func session(_ world: BatchWorld, _ name: String) throws -> PostgresConnection {
        var configuration = world.configuration
        configuration.applicationName = name
        configuration.idleInTransactionTimeoutMilliseconds = 0
        return try PostgresConnection(configuration)
    }

    /// Waits until there is a suspect, which takes the age that makes one.
    private func suspects(_ own: PostgresConnection) async throws -> [FrozenSessions.Suspect] {
        var suspects: [FrozenSessions.Suspect] = []
        try await eventually(within: .seconds(30)) {
            suspects = try FrozenSessions.look(on: own)
            return !suspects.isEmpty
        }
        return suspects
    }

    @Test
    func `only a backend's old transaction that has written and waits for its client is suspected`()
        async throws
    {
        let world = try await BatchWorld()
        let own = try session(world, "backend own")
        let frozen = try session(world, "backend frozen")
        let reading = try session(world, "backend reading")
        let person = try session(world, "psql")
        let idle = try session(world, "backend idle")
        for other in [reading, idle] { _ = try other.run("SELECT count(*) FROM bets") }
        _ = try reading.run("BEGIN; SELECT count(*) FROM bets")
        _ = try person.run("BEGIN; INSERT INTO stream_epochs (epoch) VALUES (77)")
        _ = try frozen.run("BEGIN; \(Self.insert)")
        #expect(try FrozenSessions.look(on: own).isEmpty)

        let suspects = try await suspects(own)
        #expect(suspects.count == 1)
        #expect(try FrozenSessions.end(suspects, on: own) == 1)
        let error = #expect(throws: PostgresError.self) { try frozen.run("SELECT 1") }
        #expect(error?.kind == .retry && error?.isConnectionLost == true)
        for other in [reading, person, idle] { _ = try other.run("SELECT 1") }
        // Its row is free.
        #expect(try own.run(Self.insert).first?.affectedRows == 1)
        #expect(try FrozenSessions.end(suspects, on: own) == 0)
    }

    @Test
    func `one that has moved meanwhile is left alone`() async throws {
        let world = try await BatchWorld()
        let own = try session(world, "backend own")
        let slow = try session(world, "backend slow")
        _ = try slow.run("BEGIN; \(Self.insert)")
        let suspects = try await suspects(own)
        #expect(suspects.count == 1)
        _ = try slow.run("SELECT 1")
        #expect(try FrozenSessions.end(suspects, on: own) == 0)
        _ = try slow.run("COMMIT")
    }
}
