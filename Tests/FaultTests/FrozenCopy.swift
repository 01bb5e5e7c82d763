import EngineHarness
import Foundation
import JetStream
import PostgresClient
import TestSupport
import Testing

/// A backend that was stopped while the rows of a COPY were on their way, with ids locked that
/// others wait for.
///
/// Its connection is a Unix socket, which holds less than a batch: while the server waits for a row
/// of the test's own, the backend cannot send on. It is stopped then, and the test's row withdrawn.
struct FrozenCopy {
    static let betCount = 8_000
    /// The ack wait that is shipped.
    static let settings = ["ACK_WAIT_SECONDS": "10"]

    /// In the first batch, which is held up until the second is full, and in the second. The lowest
    /// ids are the first rows.
    private static let lockedIDs = [
        1: "00000000-0000-4000-8000-000000000001", 5_000: "00000000-0000-4000-8000-000000000002",
    ]

    let engine: Engine
    let backend: ServerProcess
    let frozenAt: ContinuousClock.Instant

    private let cluster: PostgresServer
    private let sockets: TemporaryDirectory

    static func make() async throws -> FrozenCopy {
        let sockets = try TemporaryDirectory("sockets")
        _ = unsafe chmod(sockets.path, 0o777)
        let cluster = try await PostgresServer.start(
            settings: ["unix_socket_directories=\(sockets.path)"]
        )
        let engine = try await Engine.start(on: cluster)
        _ = try engine.manager.deleteConsumer(stream: "bets_stream", consumer: "bets_consumer")
        let streams = try engine.begin(.betctl, ["streams"], environment: settings)
        let result = try await engine.finish(streams)
        try #require(result.status == 0, "\(result.output)")
        try publish(engine)

        let database = try engine.rows("SELECT current_database()")[0][0]
        let first = try PostgresConnection(configuration(cluster, database))
        let second = try PostgresConnection(configuration(cluster, database))
        for (session, id) in zip([first, second], lockedIDs.sorted { $0.key < $1.key }) {
            _ = try session.run("BEGIN; \(insertionOfBet(id.value))")
        }
        let url =
            "postgresql://postgres@/\(database)?host=\(sockets.path)&port=\(cluster.port)"
        let backend = try await engine.startBackend(
            "backend-1",
            environment: settings.merging(["POSTGRES_URL": url]) { $1 }
        )
        let isHeldUp = try await eventually(within: .seconds(20)) {
            backend.log.contains("is tried again")
        }
        try #require(isHeldUp, "\(backend.log)")
        _ = try first.run("ROLLBACK")
        let isStoring = try await eventually(within: .seconds(20)) {
            try engine.number("SELECT coalesce(sum(stored), 0) FROM ingest_totals") > 0
        }
        try #require(isStoring, "\(backend.log)")
        let isWaiting = try await eventually(within: .seconds(20)) {
            try state(engine) == "active Lock"
        }
        try #require(isWaiting, "\(backend.log)")
        try await backend.freeze()
        let frozenAt = ContinuousClock.now
        _ = try second.run("ROLLBACK")
        let isOpen = try await eventually { try state(engine) == "active Client" }
        let seen = try state(engine)
        try #require(isOpen, "the COPY is not open: \(seen)")
        return FrozenCopy(
            engine: engine,
            backend: backend,
            frozenAt: frozenAt,
            cluster: cluster,
            sockets: sockets
        )
    }

    /// A session that may idle in its transaction.
    private static func configuration(
        _ cluster: PostgresServer,
        _ database: String
    ) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(url: cluster.url(database: database))
        configuration.idleInTransactionTimeoutMilliseconds = 0
        return configuration
    }

    /// What the backend's session does and waits for.
    private static func state(_ engine: Engine) throws -> String {
        try engine.rows(
            """
            SELECT pg_stat_clear_snapshot();
            SELECT state || ' ' || coalesce(wait_event_type, '') FROM pg_stat_activity
            WHERE application_name = 'backend backend-1' AND backend_xid IS NOT NULL
            """
        ).first?.first ?? ""
    }

    private static func publish(_ engine: Engine) throws {
        let name = String(repeating: "n", count: 64)
        for sequence in 1...betCount {
            let id = lockedIDs[sequence] ?? UUID().uuidString.lowercased()
            try engine.connection.publish(
                "bets",
                body: bet(id, game: name, selection: name),
                headers: []
            )
            if sequence % 1_000 == 0 { try engine.connection.flush(timeoutMilliseconds: 10_000) }
        }
        let last = try engine.lastSequence()
        try #require(last == betCount)
    }
}

/// A valid bet with this id.
func bet(_ id: String, game: String = "game_1", selection: String = "home") -> [UInt8] {
    Array(
        """
        {"id": "\(id)", "game_id": "\(game)", "bet_type": "total", "amount": 1,
        "timestamp": "2025-06-01T12:00:00Z", "selection": "\(selection)"}
        """.utf8
    )
}

/// A row of the test's own, of no stream, that others with the same id have to wait for.
func insertionOfBet(_ id: String) -> String {
    """
    INSERT INTO bets (stream_epoch, stream_seq, placed_at, id, amount, game_id, bet_type, selection,
    pod_id)
    VALUES (1, \(Int.random(in: 1...1_000_000)), now(), '\(id)', 1, 'game_1', 'total', '-', 'test')
    """
}
