import BetStore
import Betting
import Glibc
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized)
struct BatchWriterTests {
    @Test
    func `a fresh batch is stored, counted and answered`() async throws {
        let world = try await BatchWorld()
        let batch = BetBatch(
            [(1, .sample(1)), (2, .sample(2, game: "game-2", cents: 1, userID: nil))],
            rejected: [.sample(3), .sample(4, reason: .badID)]
        )
        let result = try BatchWriter("p").write(batch, on: world.connection())
        #expect(result.storedCount == 2)
        #expect(result.rejectedCount == 2)
        #expect(result.redeliveredCount == 0)
        #expect(result.effects.map(\.sequence).sorted() == [1, 2, 3, 4])
        #expect(result.rejected.map(\.sequence) == [3, 4])
        #expect(result.totals.version == 1)
        #expect(result.totals.stored == 2)
        #expect(result.totals.value == MoneySum(units: 1_051_000_000))
        #expect(result.totals.rejectedByReason == [.malformed: 1, .badID: 1])
        #expect(
            try world.outcomes() == [1: "stored", 2: "stored", 3: "malformed", 4: "bad_id"]
        )
        #expect(
            try world.texts(
                """
                SELECT concat_ws(' ', stream_epoch, stream_seq, id, amount, user_id, game_id,
                    bet_type, selection, pod_id, placed_at AT TIME ZONE 'UTC')
                FROM bets ORDER BY stream_seq
                """
            ) == [
                "1700000000000000000 1 11112222-3333-4444-0000-000000000001 10.50000000 7 "
                    + "game-1 moneyline home p 2025-06-15 15:06:40.123456",
                "1700000000000000000 2 11112222-3333-4444-0000-000000000002 0.01000000 "
                    + "game-2 moneyline home p 2025-06-15 15:06:40.123456",
            ]
        )
        try world.expectExactTotals()
    }

    @Test
    func `what a batch gives an outcome is counted in its blocks, once`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let writer = BatchWriter("p")
        let sequences =
            Array<Int64>(4_000...4_200) + stride(from: 0, to: 600_000, by: 4_096).map { $0 + 9_000 }
        let batch = BetBatch(
            sequences.map { ($0, .sample(UInt64($0))) },
            rejected: [.sample(1), .sample(2), .sample(3_999)]
        )
        _ = try writer.write(batch, on: connection)
        try world.expectExactTotals()
        // Again, with a duplicate, a conflict and a bet that are new.
        let again = BetBatch(
            batch.bets.map { ($0.sequence, .sample(UInt64($0.sequence))) } + [
                (5_000, .sample(4_000)), (5_001, .sample(4_001, cents: 7)), (5_002, .sample(5_002)),
            ],
            rejected: batch.rejected,
            isFresh: false
        )
        _ = try BatchWriter("q").write(again, on: connection)
        _ = try BatchWriter("q").write(again, on: connection)
        try world.expectExactTotals()
        #expect(
            try world.number("SELECT sum(outcomes) FROM outcome_blocks")
                == sequences.count + 3 + 3
        )
    }

    @Test
    func `a rejection that is known is not tried again, and still handed on`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let batch = BetBatch([(1, .sample(1))], rejected: [.sample(2), .sample(3)])
        _ = try BatchWriter("p").write(batch, on: connection)
        _ = try connection.run(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN RAISE EXCEPTION ''tried again''; END';
            CREATE TRIGGER refuse BEFORE INSERT ON rejected_bets
            FOR EACH ROW EXECUTE FUNCTION refuse()
            """
        )
        let again = try BatchWriter("q").write(batch, on: connection)
        #expect(again.redeliveredCount == 3 && again.rejectedCount == 0)
        #expect(again.rejected.map(\.sequence) == [2, 3])
    }

    @Test(arguments: [true, false])
    func `the same batch again changes nothing but the version, and says the same effects`(
        isFresh: Bool
    ) async throws {
        let world = try await BatchWorld()
        let batch = BetBatch(
            [(1, .sample(1)), (2, .sample(1)), (3, .sample(1, cents: 9)), (4, .sample(4))],
            rejected: [.sample(5)],
            isFresh: isFresh
        )
        let connection = try world.connection()
        let first = try BatchWriter("p").write(batch, on: connection)
        let before = try world.outcomes()
        #expect(
            before == [
                1: "stored", 2: "duplicate", 3: "id_conflict", 4: "stored", 5: "malformed",
            ]
        )
        for writer in [BatchWriter("p"), BatchWriter("q")] {
            let again = try writer.write(batch, on: connection)
            #expect(again.storedCount + again.duplicateCount + again.rejectedCount == 0)
            #expect(again.redeliveredCount == 5)
            #expect(stakes(again) == stakes(first))
            #expect(try world.outcomes() == before)
        }
        let version = try world.number("SELECT version FROM ingest_totals WHERE pod_id = 'p'")
        #expect(version == 2)
        try world.expectExactTotals()
    }

    @Test
    func `a batch of which a part is known adds the rest`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        _ = try BatchWriter("p").write(
            BetBatch(stride(from: 1, through: 100, by: 3)),
            on: connection
        )
        let result = try BatchWriter("q").write(BetBatch((1...100).reversed()), on: connection)
        #expect(result.storedCount == 66)
        #expect(result.redeliveredCount == 34)
        #expect(stakes(result).count == 100)
        try world.expectExactTotals()
    }

    /// What the table holds; what comes, in one batch; what becomes of that.
    private static let rivals: [([(Int64, Bet)], [(Int64, Bet)], [Int64: String])] = [
        ([], [(2, .sample(1)), (1, .sample(1))], [1: "stored", 2: "duplicate"]),
        ([], [(2, .sample(1)), (1, .sample(1, cents: 2))], [1: "stored", 2: "id_conflict"]),
        ([(1, .sample(1))], [(2, .sample(1))], [1: "stored", 2: "duplicate"]),
        ([(9, .sample(1))], [(2, .sample(1))], [9: "stored", 2: "duplicate"]),
        ([(1, .sample(1))], [(2, .sample(1, game: "x"))], [1: "stored", 2: "id_conflict"]),
        ([(1, .sample(1))], [(2, .sample(1, userID: nil))], [1: "stored", 2: "id_conflict"]),
        ([(1, .sample(1))], [(2, .sample(1, selection: "a"))], [1: "stored", 2: "id_conflict"]),
        (
            [(1, .sample(1))],
            [(1, .sample(1)), (2, .sample(1)), (3, .sample(1, cents: 5)), (4, .sample(4))],
            [1: "stored", 2: "duplicate", 3: "id_conflict", 4: "stored"]
        ),
        (
            [], [(3, .sample(1, cents: 5)), (5, .sample(1)), (4, .sample(1, cents: 5))],
            [3: "stored", 4: "duplicate", 5: "id_conflict"]
        ),
    ]

    @Test(arguments: [true, false])
    func `same id and content is a duplicate, other content a conflict`(
        isFresh: Bool
    ) async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        for (held, coming, outcomes) in Self.rivals {
            try world.clear()
            if !held.isEmpty { _ = try BatchWriter("p").write(BetBatch(held), on: connection) }
            let writer = BatchWriter("q")
            let batch = BetBatch(coming, isFresh: isFresh)
            let result = try writer.write(batch, on: connection)
            #expect(try world.outcomes() == outcomes)
            #expect(Set(result.effects.map(\.sequence)) == Set(coming.map(\.0)))
            try world.expectExactTotals()
            // The way of a batch after a conflict is another one.
            _ = try writer.write(batch, on: connection)
            #expect(try world.outcomes() == outcomes)
            try world.expectExactTotals()
        }
    }

    @Test
    func `the same sequence and id in another epoch is a duplicate`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let writer = BatchWriter("p")
        _ = try writer.write(BetBatch([1]), on: connection)
        var later = BetBatch(epoch: BatchWorld.epoch + 1)
        later.append(.sample(1), sequence: 1)
        #expect(try writer.write(later, on: connection).duplicateCount == 1)
        #expect(try world.number("SELECT count(*) FROM ingest_totals") == 2)
        try world.expectExactTotals()
    }

    @Test
    func `the bytes of an id conflict are fetched, or its fields recorded`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let writer = BatchWriter(boot: .pod("p")) { sequence in
            sequence == 2
                ? RawMessage(
                    subject: "bets",
                    headers: [("A", "b")],
                    body: Array("raw".utf8),
                    publishedAt: Timestamp(microseconds: 0)
                ) : nil
        }
        let batch = BetBatch([
            (1, .sample(1)), (2, .sample(1, cents: 1)), (3, .sample(1, cents: 2)),
        ])
        _ = try writer.write(batch, on: connection)
        let bodies = try world.texts(
            """
            SELECT headers::text || ' ' || convert_from(body, 'UTF8') FROM rejected_bets
            ORDER BY stream_seq
            """
        )
        #expect(bodies[0] == "[[\"A\", \"b\"]] raw")
        #expect(bodies[1].contains("Betting-Rebuilt"))
        #expect(bodies[1].contains("\"amount\":0.02"))
    }

    @Test
    func `originals that are slow to come do not hold the batch's locks for long`() async throws {
        let world = try await BatchWorld()
        var asked = 0
        let writer = BatchWriter(boot: .pod("p")) { _ in
            asked += 1
            takesTime(.milliseconds(700))
            return nil
        }
        let batch = BetBatch((1...40).map { ($0, Bet.sample(1, cents: $0)) })
        _ = try writer.write(batch, on: world.connection())
        #expect(asked == 3)
        #expect(try world.number("SELECT count(*) FROM rejected_bets") == 39)
        try world.expectExactTotals()
    }

    @Test
    func `a row of content this version does not know is a conflict, not an endless retry`()
        async throws
    {
        let world = try await BatchWorld()
        _ = try BatchWriter("p").write(BetBatch([1, 2]), on: world.connection())
        try world.run("UPDATE bets SET bet_type = 'of_the_future' WHERE stream_seq = 1")
        let result = try BatchWriter("p").write(
            BetBatch([(1, .sample(1)), (5, .sample(1)), (6, .sample(6))]),
            on: world.connection()
        )
        #expect(
            try world.outcomes()
                == [1: "stored", 2: "stored", 5: "id_conflict", 6: "stored"]
        )
        #expect(result.redeliveredCount == 1)
        try world.expectExactTotals()
    }

    @Test
    func `a stored bet that this version would reject gets no effect`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        _ = try BatchWriter("p").write(
            BetBatch([(1, .sample(1)), (2, .sample(1))]),
            on: connection
        )
        var batch = BetBatch([])
        let body = Array("{\"id\":\"\(Bet.sample(1).id)\"".utf8)
        batch.rejected = [.sample(1, body: body), .sample(2, body: body), .sample(3)]
        let result = try BatchWriter("q").write(batch, on: connection)
        #expect(result.effects.map(\.sequence) == [2, 3])
        #expect(result.rejected.map(\.sequence) == [3])
        #expect(try world.outcomes() == [1: "stored", 2: "duplicate", 3: "malformed"])
        try world.expectExactTotals()
    }

    /// Rows are inserted page by page or one by one.
    @Test(arguments: [399, 400, 2_700, 2_701])
    func `batches on both sides of each limit of COPY are stored, and told from what is there`(
        count: Int
    ) async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let writer = BatchWriter("p")
        func bet(_ number: Int64) -> Bet { .sample(UInt64(number), game: "game-\(number % 7)") }
        let bets = (1...Int64(count)).map { ($0, bet($0)) }
        let result = try writer.write(BetBatch(bets), on: connection)
        #expect(result.storedCount == count)
        // The first one is there already, under another sequence; the writer trusts that none is.
        let next = bets.map { ($0.0 + Int64(count), bet($0.0 + Int64(count) - 1)) }
        let second = try writer.write(BetBatch(next), on: connection)
        #expect(second.storedCount == count - 1)
        #expect(second.duplicateCount == 1)
        #expect(try world.number("SELECT count(*) FROM bets") == 2 * count - 1)
        try world.expectExactTotals()
    }

    @Test
    func `4,000 bets on 4,000 games, then sequences scattered far and wide`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let writer = BatchWriter("p")
        let batch = BetBatch(
            (1...4_000).map { ($0, Bet.sample(UInt64($0) &* 0x9e37_79b9, game: "game-\($0)")) }
        )
        #expect(try writer.write(batch, on: connection).storedCount == 4_000)
        #expect(try writer.write(batch, on: connection).redeliveredCount == 4_000)
        let scattered = BetBatch((1...4_000).map { Int64($0) * 5_000 })
        #expect(try writer.write(scattered, on: connection).storedCount == 4_000)
        #expect(try world.number("SELECT count(*) FROM game_totals") == 4_000)
        try world.expectExactTotals()
    }

    /// Sequence and stake of each effect, in order.
    private func stakes(_ result: BatchResult) -> [String] {
        result.effects.sorted { $0.sequence < $1.sequence }.map { effect in
            let market = effect.market.map { result.markets[$0] }
            return "\(effect.sequence) \(market?.gameID.description ?? "") \(effect.amount)"
        }
    }
}
