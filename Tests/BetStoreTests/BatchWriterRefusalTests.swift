import BetStore
import Betting
import Foundation
import PostgresClient
import TestSupport
import Testing

/// What Postgres will not take, and what messages may look like.
@Suite(.serialized)
struct BatchWriterRefusalTests {
    @Test
    func `a row Postgres refuses is rejected alone`() async throws {
        let world = try await BatchWorld()
        try world.run("ALTER TABLE bets ADD CHECK (amount < 50)")
        let bad: Set<Int64> = [1, 37, 38, 200]
        let batch = BetBatch(
            (1...200).map { ($0, .sample(UInt64($0), cents: bad.contains($0) ? 5_000 : 4_999)) },
            rejected: [.sample(201), .sample(202)]
        )
        let connection = try world.connection()
        let result = try BatchWriter("p").write(batch, on: connection)
        #expect(result.storedCount == 196)
        #expect(result.rejectedCount == 6)
        #expect(result.effects.count == 202)
        #expect(Set(result.rejected.map(\.sequence)) == bad.union([201, 202]))
        let outcomes = try world.outcomes()
        for sequence in Int64(1)...200 {
            #expect(outcomes[sequence] == (bad.contains(sequence) ? "malformed" : "stored"))
        }
        #expect(
            try world.texts("SELECT DISTINCT detail FROM rejected_bets WHERE stream_seq < 201")
                == ["Postgres refuses the row: SQLSTATE 23514"]
        )
        try world.expectExactTotals()
        #expect(try BatchWriter("q").write(batch, on: connection).redeliveredCount == 202)
        #expect(try world.outcomes() == outcomes)
    }

    @Test
    func `a refused row in a batch with repeats and duplicates loses nothing`() async throws {
        let world = try await BatchWorld()
        try world.run("ALTER TABLE bets ADD CHECK (amount < 50)")
        let batch = BetBatch([
            (1, .sample(1)), (2, .sample(2, cents: 9_999)), (3, .sample(1)), (1, .sample(1)),
            (4, .sample(1, cents: 3)), (2, .sample(2, cents: 9_999)), (5, .sample(5)),
        ])
        let result = try BatchWriter("p").write(batch, on: world.connection())
        #expect(
            try world.outcomes() == [
                1: "stored", 2: "malformed", 3: "duplicate", 4: "id_conflict", 5: "stored",
            ]
        )
        #expect(Set(result.effects.map(\.sequence)) == [1, 2, 3, 4, 5])
        try world.expectExactTotals()
    }

    /// Messages of one batch, or one message a batch.
    @Test(arguments: [200, 1])
    func `a constraint that refuses row after row stops the writer`(batchSize: Int64) async throws {
        let world = try await BatchWorld()
        try world.run("ALTER TABLE bets ADD CONSTRAINT nobody_bets CHECK (amount < 1)")
        let connection = try world.connection()
        let beats = Beats()
        let writer = BatchWriter(boot: .pod("p"), beat: { beats.count += 1 }) { _ in nil }
        let error = #expect(throws: PostgresError.self) {
            for first in stride(from: Int64(1), through: 200, by: Int(batchSize)) {
                _ = try writer.write(BetBatch(first...(first + batchSize - 1)), on: connection)
            }
        }
        #expect(error?.kind == .stop)
        #expect(error.map { "\($0)" }?.contains("nobody_bets") == true)
        #expect(try world.outcomes().count == 16)
        #expect(beats.count > 16)
        try world.run("ALTER TABLE bets DROP CONSTRAINT nobody_bets")
        #expect(try writer.write(BetBatch(1...200), on: connection).storedCount == 184)
        try world.expectExactTotals()
    }

    private final class Beats {
        var count = 0
    }

    @Test
    func `an id conflict that comes again is copied again`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let original = RawMessage(
            subject: "bets",
            headers: [("A", "b")],
            body: Array("as it came".utf8),
            publishedAt: Timestamp(microseconds: 1)
        )
        let writer = BatchWriter(boot: .pod("p")) { $0 == 2 ? original : nil }
        let batch = BetBatch([
            (1, .sample(1)), (2, .sample(1, cents: 3)), (3, .sample(1, cents: 4)),
        ])
        let first = try writer.write(batch, on: connection)
        let again = try writer.write(batch, on: connection)
        for result in [first, again] {
            #expect(result.rejected.map(\.sequence).sorted() == [2, 3])
            #expect(result.rejected.allSatisfy { $0.reason == .idConflict })
            let copy = result.rejected.first { $0.sequence == 2 }
            #expect(copy?.message.body == original.body)
        }
        #expect(again.redeliveredCount == 3 && again.rejectedCount == 0)
        #expect(Set(first.rejected.map(\.detail)) == Set(again.rejected.map(\.detail)))
        try world.expectExactTotals()
    }

    @Test
    func `a table that wants an unknown column rejects nothing`() async throws {
        let world = try await BatchWorld()
        try world.run("ALTER TABLE bets ADD COLUMN later int NOT NULL")
        let connection = try world.connection()
        #expect(throws: PostgresError.self) {
            try BatchWriter("p").write(BetBatch(1...5), on: connection)
        }
        #expect(try world.outcomes() == [:])
        try world.run("ALTER TABLE bets ALTER COLUMN later SET DEFAULT 0")
        #expect(try BatchWriter("p").write(BetBatch(1...5), on: connection).storedCount == 5)
    }

    @Test
    func `a missing table stops, and the connection is fit for more`() async throws {
        let world = try await BatchWorld()
        try world.run("ALTER TABLE game_totals RENAME TO hidden")
        let connection = try world.connection()
        let writer = BatchWriter("p")
        let error = #expect(throws: PostgresError.self) {
            try writer.write(BetBatch(1...5), on: connection)
        }
        #expect(error?.kind == .stop)
        try world.run("ALTER TABLE hidden RENAME TO game_totals")
        #expect(try writer.write(BetBatch(1...5), on: connection).storedCount == 5)
        try world.expectExactTotals()
    }

    private static let headers: [[(name: String, value: String)]] = [
        [],
        [("", "a line without colon"), ("Name", "")],
        [("Twice", "1"), ("Twice", "2"), ("twice", "3")],
        [("Quote\"", "back\\slash \\u0000 'single' \r\n\t \u{1b}[31m")],
        [("Bytes", String(decoding: [0xff, 0xfe, 0x80, 0x41, 0xc3], as: UTF8.self))],
        [("Emoji", "🎲 \u{2028} \u{fffd} \u{10ffff}")],
        [("Nul\u{0}name", "a\u{0}b\u{0}")],
        [("Status", "404"), ("Description", "Not Found")],
        [("Long", String(repeating: "x", count: 4_096))],
    ]

    @Test
    func `messages with any headers and any bytes are kept, byte by byte`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        var random = TestSupport.SeededGenerator(seed: seed)
        let world = try await BatchWorld()
        var batch = BetBatch([(1, .sample(1))])
        var bodies: [[UInt8]] = [[], [0], Array(repeating: 0, count: 4_096), Array(0...255)]
        while bodies.count < Self.headers.count {
            bodies.append((0..<4_096).map { _ in .random(in: 0 ... .max, using: &random) })
        }
        for (index, body) in bodies.enumerated() {
            batch.rejected.append(
                .sample(Int64(index + 2), headers: Self.headers[index], body: body)
            )
        }
        let result = try BatchWriter("p").write(batch, on: world.connection())
        #expect(result.rejectedCount == bodies.count, "seed \(seed)")
        let kept = try world.texts(
            "SELECT encode(body, 'hex') FROM rejected_bets ORDER BY stream_seq"
        )
        #expect(kept == bodies.map { $0.map { String(format: "%02x", $0) }.joined() })
        let headers = try world.texts("SELECT headers::text FROM rejected_bets ORDER BY stream_seq")
        for (index, text) in headers.enumerated() {
            let pairs = try JSONDecoder().decode([[String]].self, from: Data(text.utf8))
            let wanted = Self.headers[index].map {
                [$0.name, $0.value].map { $0.replacingOccurrences(of: "\0", with: "\u{fffd}") }
            }
            #expect(pairs == wanted)
        }
        try world.expectExactTotals()
    }

    @Test
    func `a message whose headers Postgres refuses is kept without them`() async throws {
        let world = try await BatchWorld()
        try world.run("ALTER TABLE rejected_bets ADD CHECK (headers = '[]')")
        try world.run("ALTER TABLE bets ADD CHECK (amount < 50)")
        let batch = BetBatch(
            [
                (1, .sample(1)), (2, .sample(1, cents: 2)), (3, .sample(3, cents: 5_000)),
            ],
            rejected: [.sample(4, headers: [("A", "b")]), .sample(5)]
        )
        let result = try BatchWriter("p").write(batch, on: world.connection())
        #expect(result.storedCount == 1)
        let outcomes = try world.outcomes()
        #expect(outcomes.count == 5)
        #expect(outcomes[3] == "malformed" && outcomes[4] == "malformed")
        #expect(
            try world.texts("SELECT detail FROM rejected_bets WHERE stream_seq = 4")
                == ["offset 1; Postgres refuses the row: SQLSTATE 23514"]
        )
        try world.expectExactTotals()
    }

    @Test
    func `a pod's name is only a name`() async throws {
        let world = try await BatchWorld()
        let writer = BatchWriter(boot: .pod("it's; DROP TABLE bets --", boot: "b'\\")) { _ in nil }
        let result = try writer.write(
            BetBatch([(1, .sample(1))], rejected: [.sample(2)]),
            on: world.connection()
        )
        #expect(result.totals.rejectedByReason == [.malformed: 1])
        try world.expectExactTotals()
    }
}
