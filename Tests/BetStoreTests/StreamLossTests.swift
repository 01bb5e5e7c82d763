import BetStore
import Betting
import PostgresClient
import TestSupport
import Testing

/// A stream that lost its end gives sequences away again: what was stored under them is not the
/// outcome of the messages that have them now.
@Suite(.serialized)
struct StreamLossTests {
    private static let other = "11112222-3333-4444-0000-000000000063"

    /// What sequences 1 to 6 have: a bet, a duplicate, a conflict, and three messages that were no
    /// bets, one of which names an id.
    private static let first = BetBatch(
        [(1, .sample(1)), (2, .sample(1)), (3, .sample(1, cents: 5))],
        rejected: [.sample(4), .sample(5, reason: .poison), .sample(6, body: naming(6))]
    )

    private static func naming(_ id: UInt64) -> [UInt8] {
        Array("{\"id\":\"\(Bet.sample(id).id.description.uppercased())\",\"amount\":true".utf8)
    }

    private static let later = Timestamp(microseconds: 1_760_000_000_000_001)

    /// A message with an id other than all above, or the same for those that say so.
    private static func bets(_ sequence: Int64, _ id: UInt64) -> BetBatch {
        var batch = BetBatch([])
        batch.append(.sample(id), sequence: sequence, publishedAt: later)
        return batch
    }

    private static func refused(_ sequence: Int64, names id: UInt64? = nil) -> BetBatch {
        BetBatch(
            [],
            rejected: [
                .sample(sequence, body: id.map { naming($0) } ?? Array("[".utf8), at: later)
            ]
        )
    }

    /// A message that comes under a sequence that has an outcome, and whether it is another one.
    private static let comers: [(what: String, BetBatch, isForeign: Bool)] = [
        ("another bet for a bet", bets(1, 99), true),
        ("another bet for a duplicate", bets(2, 99), true),
        ("another bet for a conflict", bets(3, 99), true),
        ("another bet for no bet", bets(4, 99), true),
        ("another bet for poison", bets(5, 99), true),
        ("no bet for a bet", refused(1, names: 99), true),
        ("no bet for a duplicate", refused(2), true),
        ("no bet for a conflict", refused(3), true),
        ("no bet for another", refused(4), true),
        ("no bet for poison", refused(5, names: 99), true),
        ("a stored id for another bet", BetBatch([(7, .sample(7)), (2, .sample(7))]), true),
        ("a duplicate within its batch", BetBatch([(8, .sample(8)), (12, .sample(8))]), true),
        (
            "a conflict within its batch",
            BetBatch([(8, .sample(8)), (12, .sample(8, cents: 5))]), true
        ),
        ("the bet", bets(1, 1), false),
        ("the duplicate", bets(2, 1), false),
        ("the conflict", bets(3, 1), false),
        ("a bet that another version refused", BetBatch([(4, .sample(40))]), false),
        ("a bet that was parked", BetBatch([(5, .sample(50))]), false),
        ("the bet, refused by this version", refused(1, names: 1), false),
        ("the conflict, refused by this version", refused(3, names: 1), false),
        ("the same refusal", BetBatch([], rejected: [.sample(4)]), false),
    ]

    @Test(arguments: [false, true])
    func `another message under a sequence that has an outcome ends the batch, the same does not`(
        isCautious: Bool
    ) async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        for (what, comer, isForeign) in Self.comers {
            try world.clear()
            try world.run("TRUNCATE stream_epochs")
            try EpochRegistry.register(BatchWorld.epoch, on: connection)
            _ = try BatchWriter("p").write(Self.first, on: connection)
            _ = try BatchWriter("p").write(BetBatch([12]), on: connection)
            let before = try world.outcomes()
            let writer = BatchWriter("q")
            if isCautious {
                // A writer that had a conflict takes another way.
                _ = try writer.write(BetBatch([(20, .sample(1))]), on: connection)
            }
            // Its neighbour is new.
            var batch = comer
            batch.append(.sample(30), sequence: 30, publishedAt: Self.later)
            let stored = try? writer.write(batch, on: connection)
            #expect((stored == nil) == isForeign, "\(what)")
            #expect((writer.streamLoss != nil) == isForeign, "\(what)")
            let added = Set(try world.outcomes().keys).subtracting(before.keys)
            #expect(added.contains(30) == !isForeign, "\(what)")
            #expect(connection.transactionStatus == .idle, "\(what)")
            let end = try StreamEnd(epoch: BatchWorld.epoch, on: connection)
            #expect(end.noticed == writer.streamLoss, "\(what)")
        }
    }

    @Test
    func `the sequence is named, and the error is not one to try again`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let writer = BatchWriter("p")
        _ = try writer.write(Self.first, on: connection)
        let error = #expect(throws: PostgresError.self) {
            try writer.write(Self.bets(2, 99), on: connection)
        }
        #expect(error?.kind == .stop)
        #expect(writer.streamLoss?.hasPrefix("sequence 2 is another message") == true)
    }

    @Test
    func `a message that is handled alone is compared without being decoded`() async throws {
        let world = try await BatchWorld()
        let connection = try world.connection()
        _ = try BatchWriter("p").write(Self.first, on: connection)
        let table: [(Int64, RejectedMessage, Bool)] = [
            (1, .sample(1, body: Self.naming(1), at: Self.later), true),
            (1, .sample(1, body: Self.naming(99), at: Self.later), false),
            (1, .sample(1, headers: [("Nats-Msg-Id", "\(Bet.sample(1).id)")]), true),
            (1, .sample(1, headers: [("Nats-Msg-Id", Self.other)]), false),
            (5, .sample(5), true), (5, .sample(5, at: Self.later), false), (9, .sample(9), false),
        ]
        for (sequence, message, isSame) in table {
            let found = try OwnOutcomes.known(
                of: [(sequence, message.message)],
                epoch: BatchWorld.epoch,
                on: connection
            )
            #expect(found == [isSame], "\(sequence) \(message.message.headers)")
        }
        let all = try OwnOutcomes.known(
            of: table.map { ($0.0, $0.1.message) },
            epoch: BatchWorld.epoch,
            on: connection
        )
        #expect(all == table.map(\.2))
    }

    @Test
    func `a stream ends too early below the highest outcome, and after it was noticed`()
        async throws
    {
        let world = try await BatchWorld()
        let connection = try world.connection()
        let epoch = BatchWorld.epoch
        try EpochRegistry.register(epoch, on: connection)
        let fresh = try StreamEnd(epoch: epoch, on: connection)
        #expect(fresh.horizon == 0 && fresh.loss(last: 0) == nil)
        for batch in [
            BetBatch([5]), BetBatch([(6, .sample(5))]), BetBatch([], rejected: [.sample(7)]),
        ] {
            _ = try BatchWriter("p").write(batch, on: connection)
            let end = try StreamEnd(epoch: epoch, on: connection)
            let horizon = UInt64(end.horizon)
            #expect(end.loss(last: horizon) == nil && end.loss(last: horizon + 1) == nil)
            #expect(end.loss(last: horizon - 1)?.contains("outcome of \(horizon)") == true)
        }
        #expect(try StreamEnd(epoch: epoch, on: connection).horizon == 7)
        #expect(try StreamEnd(epoch: epoch + 1, on: connection).horizon == 0)
        try StreamEnd.record("once", epoch: epoch, on: connection)
        try StreamEnd.record("twice", epoch: epoch, on: connection)
        #expect(try StreamEnd(epoch: epoch, on: connection).loss(last: 100) == "once")
    }
}
