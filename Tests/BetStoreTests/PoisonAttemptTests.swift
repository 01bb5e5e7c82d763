import BetStore
import Betting
import PostgresClient
import TestSupport
import Testing

/// The record of messages that are handled alone.
@Suite(.serialized)
struct PoisonAttemptTests {
    /// Starts that begin one after the other, and whether the last may try the message.
    private static let starts: [([String], Bool)] = [
        (["a"], true), (["a", "b"], true), (["a", "b", "c"], false),
        (["a", "a", "a", "a"], true), (["a", "b", "b"], true), (["a", "b", "a"], true),
        (["a", "b", "a", "b", "a"], true), (["a", "b", "c", "c"], false),
        (["a", "b", "c", "d"], false), (["a", "b", "c", "b"], true),
    ]

    @Test(arguments: starts)
    func `two starts may try a message alone, each as often as it likes`(
        boots: [String],
        mayTry: Bool
    ) async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        var last: PoisonAttempts.Verdict?
        for boot in boots { last = try begin(boot, on: connection) }
        #expect((last == .tryAlone) == mayTry)
        #expect(last != .hasOutcome)
        let sequences = try PoisonAttempts.sequences(epoch: BatchWorld.epoch, on: connection)
        #expect(sequences == [7])
        #expect(try PoisonAttempts.sequences(epoch: 1, on: connection) == [])
    }

    @Test
    func `who tries gives a sign of life, who looks gives none`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        for boot in ["a", "b"] { _ = try begin(boot, on: connection) }
        let first = try begin("c", on: connection)
        #expect(try begin("d", on: connection) == first)
        #expect(try begin("a", on: connection) == .tryAlone)
        guard case .triedByOthers(let before) = first,
            case .triedByOthers(let after) = try begin("c", on: connection)
        else {
            Issue.record("c may try")
            return
        }
        #expect(after > before)
    }

    @Test
    func `a look among others counts against nobody, and only the first may take it`() async throws
    {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let epoch = BatchWorld.epoch
        _ = try BatchWriter("p").write(BetBatch([(5, .sample(5))]), on: connection)
        let first = try PoisonAttempts.beginTogether([7, 6, 5, 7], epoch: epoch, on: connection)
        #expect(first == [6, 7])
        let second = try PoisonAttempts.beginTogether([6, 7, 8], epoch: epoch, on: connection)
        #expect(second == [8])
        #expect(try PoisonAttempts.sequences(epoch: epoch, on: connection) == [6, 7, 8])
        // Two starts may still try each alone.
        for boot in ["a", "b"] { #expect(try begin(boot, on: connection) == .tryAlone) }
        guard case .triedByOthers = try begin("c", on: connection) else {
            Issue.record("c may try")
            return
        }
    }

    private func begin(
        _ boot: String,
        on connection: PostgresConnection
    ) throws -> PoisonAttempts.Verdict {
        let boot = Boot.pod("p", boot: boot)
        return try PoisonAttempts.begin(7, epoch: BatchWorld.epoch, boot: boot, on: connection)
    }

    @Test
    func `the attempt goes with the outcome, and only with an attempt's own`() async throws {
        let world = try await BatchWorld()
        try world.run("ALTER TABLE bets ADD CHECK (amount < 50)")
        let connection = try world.connection()
        let boot = Boot.pod("p")
        let epoch = BatchWorld.epoch
        let writer = BatchWriter("p")
        var batches = [
            BetBatch([(1, .sample(1))]), BetBatch([], rejected: [.sample(2)]),
            // Taken apart: Postgres refuses it.
            BetBatch([(3, .sample(3, cents: 5_000))]),
        ]
        for index in batches.indices {
            let sequence = Int64(index + 1)
            #expect(
                try PoisonAttempts.begin(sequence, epoch: epoch, boot: boot, on: connection)
                    == .tryAlone
            )
            batches[index].endsAttempt = true
            _ = try writer.write(batches[index], on: connection)
            #expect(
                try PoisonAttempts.begin(sequence, epoch: epoch, boot: boot, on: connection)
                    == .hasOutcome
            )
        }
        #expect(try PoisonAttempts.sequences(epoch: epoch, on: connection) == [])
        _ = try PoisonAttempts.begin(4, epoch: epoch, boot: boot, on: connection)
        _ = try writer.write(BetBatch([], rejected: [.sample(4, reason: .poison)]), on: connection)
        #expect(try PoisonAttempts.sequences(epoch: epoch, on: connection) == [4])
        try world.expectExactTotals()
    }

    @Test
    func `sequences without an outcome are found in order, up to a number`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let batch = BetBatch(
            [(2, .sample(2)), (3, .sample(2)), (9, .sample(9))],
            rejected: [.sample(5)]
        )
        _ = try BatchWriter("p").write(batch, on: connection)
        let missing = { (count: Int) in
            try MissingOutcomes.first(count, in: 1...10, epoch: BatchWorld.epoch, on: connection)
        }
        #expect(try missing(100) == [1, 4, 6, 7, 8, 10])
        #expect(try missing(2) == [1, 4])
    }
}
