import BetStore
import Betting
import Foundation
import PostgresClient
import Synchronization
import TestSupport
import Testing

/// Two or more sessions that want the same, and sessions that end.
@Suite(.serialized)
struct BatchWriterRaceTests {
    private static let insertElsewhere = """
        INSERT INTO bets (stream_epoch, stream_seq, placed_at, user_id, id, amount, game_id, \
        bet_type, selection, pod_id) \
        VALUES (\(BatchWorld.epoch), 9, '2025-06-15 15:06:40.123456Z', 7, \
        '11112222-3333-4444-0000-000000000002', 10.5, 'game-1', 'moneyline', 'home', 'elsewhere')
        """

    /// How a transaction that holds id 2 for sequence 9 ends; whether the writer had a conflict
    /// before; the sequence of ours with the same id; its outcome.
    private static let openTransactions: [(String, Bool, Int64, String)] = [
        ("COMMIT", false, 2, "duplicate"), ("COMMIT", true, 2, "duplicate"),
        ("COMMIT", false, 9, "stored"), ("COMMIT", true, 9, "stored"),
        ("ROLLBACK", false, 2, "stored"), ("ROLLBACK", true, 2, "stored"),
        ("ROLLBACK", false, 9, "stored"), ("ROLLBACK", true, 9, "stored"),
    ]

    @Test
    func `an id held by an open transaction is waited for`() async throws {
        let world = try await BatchWorld()
        let other = try world.connection()
        for (end, wasCautious, sequence, outcome) in Self.openTransactions {
            try world.clear()
            _ = try other.run("BEGIN; \(Self.insertElsewhere)")
            async let written = onThread {
                let connection = try world.connection()
                let writer = BatchWriter("p")
                if wasCautious {
                    _ = try writer.write(
                        BetBatch([(20, .sample(20)), (21, .sample(21))]),
                        on: connection
                    )
                    _ = try writer.write(BetBatch([(22, .sample(21))]), on: connection)
                }
                return try writer.write(
                    BetBatch([(1, .sample(1)), (sequence, .sample(2)), (3, .sample(3))]),
                    on: connection
                )
            }
            try await world.untilBlocked()
            _ = try other.run(end)
            #expect(try await written.effects.count == 3)
            let outcomes = try world.outcomes()
            #expect(outcomes[sequence] == outcome)
            #expect(outcomes[1] == "stored" && outcomes[3] == "stored")
            if end == "ROLLBACK" { try world.expectExactTotals() }
        }
    }

    /// What a process does that stood still in its transaction, while others took its message for
    /// one that ends processes.
    @Test
    func `a message that was parked while its batch stood still keeps that one outcome`()
        async throws
    {
        let world = try await BatchWorld()
        let other = try world.connection()
        _ = try other.run("BEGIN; \(Self.insertElsewhere)")
        let batch = BetBatch([(1, .sample(1)), (2, .sample(2)), (3, .sample(3))])
        async let failed = onThread {
            let connection = try world.connection()
            let writer = BatchWriter(boot: .pod("p"), lateAfter: .zero) { _ in nil }
            do throws(PostgresError) {
                _ = try writer.write(batch, on: connection)
                return PostgresError?.none
            } catch {
                return error
            }
        }
        try await world.untilBlocked()
        _ = try BatchWriter("q").write(
            BetBatch([], rejected: [.sample(3)]),
            on: world.connection()
        )
        _ = try other.run("ROLLBACK")
        let error = try #require(try await failed)
        #expect(error.kind == .retry)
        _ = try BatchWriter("p").write(batch, on: world.connection())
        let outcomes = try world.outcomes()
        #expect(outcomes[1] == "stored" && outcomes[2] == "stored")
        #expect(outcomes[3]?.contains("stored") == false)
        try world.expectExactTotals()
    }

    @Test
    func `a session that ends while it waits leaves a batch that can be written again`()
        async throws
    {
        let world = try await BatchWorld()
        let other = try world.connection()
        _ = try other.run("BEGIN; \(Self.insertElsewhere)")
        let batch = BetBatch([(1, .sample(1)), (2, .sample(2))], rejected: [.sample(3)])
        async let failed = onThread {
            let connection = try world.connection()
            do throws(PostgresError) {
                _ = try BatchWriter("p").write(batch, on: connection)
                return PostgresError?.none
            } catch {
                return error
            }
        }
        try await world.untilBlocked()
        try world.run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
        )
        let error = try #require(try await failed)
        #expect(error.kind == .retry && error.isConnectionLost)
        _ = try other.run("ROLLBACK")
        #expect(try world.outcomes() == [:])
        let result = try BatchWriter("p").write(batch, on: world.connection())
        #expect(result.storedCount == 2)
        try world.expectExactTotals()
    }

    @Test
    func `a session that ends within COMMIT is told apart by writing again`() async throws {
        // A standby that never comes holds COMMIT back after it is on disk.
        let server = try await PostgresServer.start()
        let world = try BatchWorld(on: server)
        let batch = BetBatch(
            [(1, .sample(1)), (2, .sample(1)), (3, .sample(1, cents: 2)), (4, .sample(4))],
            rejected: [.sample(5)]
        )
        try server.psql("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try server.psql("SELECT pg_reload_conf()")
        async let failed = onThread {
            let connection = try world.connection()
            do throws(PostgresError) {
                _ = try BatchWriter("p").write(batch, on: connection)
                return PostgresError?.none
            } catch {
                return error
            }
        }
        let isWaiting = try await eventually {
            try world.number("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'")
                == 1
        }
        try #require(isWaiting)
        try world.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        )
        let error = try #require(try await failed)
        #expect(error.kind == .retry && error.commitUnknown)
        try server.psql("ALTER SYSTEM RESET synchronous_standby_names")
        try server.psql("SELECT pg_reload_conf()")
        let result = try await onThread {
            try BatchWriter("p").write(batch, on: world.connection())
        }
        #expect(result.redeliveredCount == 5)
        #expect(result.totals.version == 2)
        #expect(result.totals.stored == 2)
        #expect(try world.outcomes().count == 5)
        try world.expectExactTotals()
    }

    @Test(arguments: [false, true])
    func `writers with overlapping batches give each sequence one outcome`(
        shareLane: Bool
    ) async throws {
        let seed = UInt64.random(in: 0 ... .max)
        let world = try await BatchWorld()
        let messages = Messages(seed: seed, count: 900)
        let boots = shareLane ? ["b", "b"] : ["a", "b"]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, boot) in boots.enumerated() {
                group.addTask {
                    try await onThread {
                        var run = Rounds(seed: seed &+ UInt64(number), messages: messages)
                        let writer = BatchWriter(boot: .pod("p\(number)", boot: boot)) { _ in nil }
                        try run.play(60, writer, on: world)
                    }
                }
            }
            try await group.waitForAll()
        }
        let last = try BatchWriter("last").write(
            messages.batch(of: messages.sequences),
            on: world.connection()
        )
        #expect(last.effects.count == messages.sequences.count, "seed \(seed)")
        let outcomes = try world.outcomes()
        #expect(outcomes.keys.sorted() == messages.sequences, "seed \(seed)")
        #expect(
            outcomes.values.allSatisfy { !$0.contains("+") },
            "seed \(seed): two outcomes"
        )
        #expect(
            Set(outcomes.values) == ["stored", "duplicate", "id_conflict", "bad_timestamp"],
            "seed \(seed)"
        )
        try world.expectExactTotals()
        let stored = Dictionary(
            uniqueKeysWithValues: last.effects.map { ($0.sequence, $0.market != nil) }
        )
        #expect(stored == outcomes.mapValues { $0 == "stored" }, "seed \(seed)")
    }
}

/// What a stream may hold: most ids once, some again with the same or other content, some rejects.
private struct Messages: Sendable {
    let sequences: [Int64]
    private let bets: [Int64: Bet]

    init(seed: UInt64, count: Int64) {
        var random = TestSupport.SeededGenerator(seed: seed)
        var bets: [Int64: Bet] = [:]
        for sequence in 1...count {
            switch Int.random(in: 0..<20, using: &random) {
            case 0: continue
            case 1...3:
                let id = UInt64.random(in: 1...UInt64(count), using: &random)
                let cents: Int64 = Bool.random(using: &random) ? 1_050 : 77
                bets[sequence] = .sample(id, game: "game-\(id % 5)", cents: cents)
            default:
                let id = UInt64(sequence)
                bets[sequence] = .sample(id, game: "game-\(id % 5)")
            }
        }
        self.bets = bets
        sequences = Array(1...count)
    }

    func batch(of sequences: [Int64]) -> BetBatch {
        BetBatch(
            sequences.compactMap { sequence in bets[sequence].map { (sequence, $0) } },
            rejected: sequences.filter { bets[$0] == nil }
                .map { .sample($0, reason: .badTimestamp, headers: [("A", "b")]) }
        )
    }
}

/// One writer's rounds of random batches, each retried as a pod does.
private struct Rounds {
    private static let attemptsMax = 20

    private var random: TestSupport.SeededGenerator
    private let messages: Messages

    init(seed: UInt64, messages: Messages) {
        random = TestSupport.SeededGenerator(seed: seed)
        self.messages = messages
    }

    mutating func play(_ rounds: Int, _ writer: BatchWriter, on world: BatchWorld) throws {
        var connection = try world.connection()
        for _ in 0..<rounds {
            let size = Int.random(in: 1...120, using: &random)
            let start = Int.random(in: 0..<messages.sequences.count, using: &random)
            var sequences = Array(messages.sequences[start...].prefix(size))
            // Some come twice in a batch, some from far away.
            sequences += (0..<5).compactMap { _ in messages.sequences.randomElement(using: &random)
            }
            sequences.shuffle(using: &random)
            let batch = messages.batch(of: sequences)
            if Int.random(in: 0..<10, using: &random) == 0 {
                connection.close()
                connection = try world.connection()
            }
            try write(batch, Set(sequences), writer, on: connection)
        }
    }

    private func write(
        _ batch: BetBatch,
        _ sequences: Set<Int64>,
        _ writer: BatchWriter,
        on connection: PostgresConnection
    ) throws {
        for attempt in 1... {
            do throws(PostgresError) {
                let result = try writer.write(batch, on: connection)
                #expect(Set(result.effects.map(\.sequence)) == sequences)
                return
            } catch {
                #expect(error.sqlState != "40P01", "a deadlock")
                guard error.kind == .retry, attempt < Self.attemptsMax else { throw error }
            }
        }
    }
}
