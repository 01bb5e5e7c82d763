import BetStore
import Betting
import JetStream
import TestSupport
import Testing
import Threading

@testable import Ingest
import Threading

@Suite(.serialized, .timeLimit(.minutes(1)))
struct IntakeTests {
    /// An intake that takes, whose batches wait for ever unless told otherwise.
    private func intake(_ change: (inout BatchLimits) -> Void = { _ in }) -> Intake {
        var limits = BatchLimits()
        limits.lingerMilliseconds = 3_600_000
        limits.backlogLingerMilliseconds = 3_600_000
        change(&limits)
        let intake = Intake(epoch: 9, limits: limits, betLimits: BetLimits())
        intake.startTaking()
        return intake
    }

    private func next(_ intake: Intake) async throws -> HeldBatch? {
        try await BlockingThread.run("next") { intake.next() }
    }

    private func sequences(_ held: HeldBatch?) -> [Int64]? {
        held.map { $0.batch.bets.map(\.sequence) + $0.batch.rejected.map(\.sequence) }
    }

    @Test
    func `a batch closes when it has its rows`() async throws {
        let intake = intake { $0.rowsMax = 3 }
        let deliveries = try Deliveries(to: intake)
        #expect(try await deliveries.send(1...7).allSatisfy { $0 == .held })
        #expect(sequences(try await next(intake)) == [1, 2, 3])
        let second = try #require(try await next(intake))
        #expect(sequences(second) == [4, 5, 6])
        #expect(second.replies.count == 3)
        #expect(second.batch.epoch == 9)
        #expect(
            second.publishedNanoseconds == Array(repeating: 1_750_000_000_000_000_000, count: 3)
        )
        #expect(intake.heldCount == 7)
        intake.release(second)
        intake.release(second)
        #expect(intake.heldCount == 4)
    }

    @Test
    func `a batch closes when it has its bytes, headers of rejected messages among them`()
        async throws
    {
        let intake = intake { $0.bytesMax = 10_000 }
        let deliveries = try Deliveries(to: intake)
        let header = "A: " + String(repeating: "x", count: 3_000)
        try await deliveries.send(1...4, headers: header) { _ in "" }
        #expect(sequences(try await next(intake)) == [1, 2, 3])
    }

    @Test
    func `rejected messages are held up to a size, then sent back`() async throws {
        let intake = intake { $0.rejectedBytesMax = 9_000 }
        let deliveries = try Deliveries(to: intake)
        let header = "A: " + String(repeating: "x", count: 3_000)
        let receptions = try await deliveries.send(1...4, headers: header) { _ in "" }
        #expect(receptions == [.held, .held, .held, .postponed])
        intake.finish()
        intake.release(try #require(try await next(intake)))
        #expect(intake.heldCount == 0)
    }

    @Test
    func `a batch in the memory of an earlier one has nothing of it`() async throws {
        let intake = intake { $0.rowsMax = 600 }
        let deliveries = try Deliveries(to: intake)
        for first in stride(from: 1, to: 2_400, by: 600) {
            let last = first + 599
            try await deliveries.send(first...last) { sequence in
                sequence == last ? "no bet" : Deliveries.bet(sequence)
            }
            let held = try #require(try await next(intake))
            #expect(sequences(held) == (first...last).map { Int64($0) })
            #expect(held.batch.rejected.count == 1)
            #expect(held.replies.count == 600)
            #expect(held.publishedNanoseconds.count == 600)
            intake.release(held)
        }
        #expect(intake.heldCount == 0)
    }

    @Test
    func `a lone message waits for company only so long`() async throws {
        let intake = intake { $0.lingerMilliseconds = 5 }
        let deliveries = try Deliveries(to: intake)
        async let held = next(intake)
        try await deliveries.send([1])
        #expect(sequences(try await held) == [1])
    }

    @Test
    func `with a backlog a batch waits until it is full`() async throws {
        let intake = intake {
            $0.rowsMax = 4
            $0.lingerMilliseconds = 0
        }
        let deliveries = try Deliveries(to: intake)
        async let held = next(intake)
        for sequence in 1...4 { try await deliveries.send([sequence], pending: 100) }
        #expect(sequences(try await held) == [1, 2, 3, 4])
    }

    @Test
    func `a batch that is large enough waits no longer for a storing thread that is free`()
        async throws
    {
        let intake = intake { $0.rowsEnough = 3 }
        let deliveries = try Deliveries(to: intake)
        async let held = next(intake)
        for sequence in 1...3 { try await deliveries.send([sequence], pending: 10_000) }
        #expect(sequences(try await held) == [1, 2, 3])
        // Nobody takes it: it goes on growing.
        try await deliveries.send(4...9, pending: 10_000)
        #expect(sequences(try await next(intake)) == [4, 5, 6, 7, 8, 9])
    }

    @Test
    func `beyond the most that may be held, deliveries are sent back until there is room`()
        async throws
    {
        let intake = intake {
            $0.heldMax = 3
            $0.rowsMax = 2
        }
        let deliveries = try Deliveries(to: intake)
        #expect(try await deliveries.send(1...4) == [.held, .held, .held, .postponed])
        let first = try #require(try await next(intake))
        #expect(try await deliveries.send([4]) == [.postponed])
        intake.release(first)
        #expect(try await deliveries.send(4...6) == [.held, .held, .postponed])
        #expect(intake.counters.postponed == 3)
        #expect(intake.heldCount == 3)
    }

    @Test
    func `before it takes, and after it was told to stop, deliveries are ignored`() async throws {
        let intake = Intake(epoch: 9, limits: BatchLimits(), betLimits: BetLimits())
        let deliveries = try Deliveries(to: intake)
        #expect(try await deliveries.send([1]) == [.ignored])
        #expect(intake.startTaking())
        #expect(try await deliveries.send([2]) == [.held])
        intake.stopTakingAndForget()
        #expect(try await deliveries.send([3]) == [.ignored])
        #expect(intake.counters.ignored == 2)
        #expect(intake.counters.received == 1)
    }

    @Test
    func `forgetting drops what no thread has begun, and nothing else`() async throws {
        let intake = intake { $0.rowsMax = 2 }
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send(1...5)
        let begun = try #require(try await next(intake))
        #expect(intake.stopTakingAndForget() == 3)
        #expect(intake.heldCount == 2)
        intake.release(begun)
        #expect(intake.heldCount == 0)
        intake.finish()
        #expect(try await next(intake) == nil)
    }

    @Test
    func `finishing hands out the rest at once, then nothing, and takes nothing more`()
        async throws
    {
        let intake = intake { $0.rowsMax = 2 }
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send(1...3)
        intake.finish()
        #expect(try await deliveries.send([4]) == [.ignored])
        #expect(sequences(try await next(intake)) == [1, 2])
        #expect(sequences(try await next(intake)) == [3])
        #expect(try await next(intake) == nil)
        #expect(intake.startTaking() == false)
        #expect(try await deliveries.send([5]) == [.ignored])
    }

    @Test
    func `finishing wakes a thread that waits`() async throws {
        let intake = intake()
        async let held = next(intake)
        intake.finish()
        #expect(try await held == nil)
    }

    @Test
    func `what was not answered for a while is told to be in progress, wherever it is`()
        async throws
    {
        let intake = intake { $0.rowsMax = 2 }
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send(1...5)
        let begun = try #require(try await next(intake))
        let now = ContinuousClock.now
        let age = Duration.seconds(3)
        func due(_ at: ContinuousClock.Instant) -> [Int] {
            intake.replies(unansweredFor: age, at: at).map(\.count).sorted()
        }
        #expect(due(now) == [])
        #expect(due(now + .seconds(4)) == [1, 2, 2])
        #expect(due(now + .seconds(5)) == [])
        #expect(due(now + .seconds(8)) == [1, 2, 2])
        intake.release(begun)
        #expect(due(now + .seconds(12)) == [1, 2])
    }

    /// Header, body, why it is rejected.
    private static let rejects: [(String, String, RejectionReason)] = [
        ("", "", .malformed),
        ("", "{}", .missingField),
        ("Content-Type: text/plain", "{}", .contentType),
        ("A: b", "{\"id\":1}", .wrongType),
        ("Content-Type: application/json; charset=utf-8", "[", .malformed),
    ]

    @Test
    func `what is no bet is held as it came, with its reason`() async throws {
        let intake = intake()
        let deliveries = try Deliveries(to: intake)
        for (index, (headers, body, _)) in Self.rejects.enumerated() {
            try await deliveries.send([index + 1], headers: headers) { _ in body }
        }
        intake.finish()
        let held = try #require(try await next(intake))
        #expect(held.batch.bets.isEmpty)
        #expect(held.batch.rejected.map(\.reason) == Self.rejects.map(\.2))
        #expect(held.batch.rejected.map(\.message.body) == Self.rejects.map { Array($0.1.utf8) })
        #expect(held.batch.rejected[3].message.headers.map(\.name) == ["A"])
        #expect(held.batch.rejected[0].message.publishedAt.microseconds == 1_750_000_000_000_000)
    }

    @Test
    func `figures count repeats and unknown fields`() async throws {
        let intake = intake()
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send(1...3, delivered: 2)
        try await deliveries.send([4]) { sequence in
            Deliveries.bet(sequence).dropLast() + ",\"x\":1,\"y\":{}}"
        }
        #expect(intake.counters.received == 4)
        #expect(intake.counters.redelivered == 3)
        #expect(intake.counters.unknownFields == 2)
    }

    @Test
    func `the same delivery twice is held twice, to be answered twice`() async throws {
        let intake = intake { $0.rowsMax = 2 }
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send([1, 1])
        let held = try #require(try await next(intake))
        #expect(held.replies.count == 2)
        #expect(held.batch.count == 2)
    }

    @Test(arguments: ["inbox.1", "$JS.ACK.bets_stream.bets_consumer.1.0.1.1.0"])
    func `what does not come from JetStream is ignored`(reply: String) async throws {
        let intake = intake()
        let deliveries = try Deliveries(to: intake)
        #expect(try await deliveries.sendPlain(reply: reply) == [.ignored])
        #expect(intake.heldCount == 0)
    }
}
