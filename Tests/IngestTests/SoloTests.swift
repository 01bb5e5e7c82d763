import BetStore
import Betting
import JetStream
import TestSupport
import Testing
import Threading

@testable import Ingest

/// Messages that were delivered again and again are kept apart and handled alone.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct SoloTests {
    private func intake(suspects: Set<Int64> = []) -> Intake {
        var limits = BatchLimits()
        limits.lingerMilliseconds = 3_600_000
        let intake = Intake(
            epoch: 9,
            limits: limits,
            betLimits: BetLimits(),
            suspects: suspects
        )
        intake.startTaking()
        return intake
    }

    private func next(_ intake: Intake) async throws -> HeldBatch? {
        try await BlockingThread.run("next") { intake.next() }
    }

    @Test
    func `the fifth delivery is kept raw and comes apart from all others`() async throws {
        let intake = intake()
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send([1], delivered: 4)
        try await deliveries.send([2], delivered: 5, headers: "Content-Type: application/json")
        let first = try #require(try await next(intake))
        #expect(first.batch.isEmpty && first.alone?.sequence == 2)
        let batch = intake.batch(of: [try #require(first.alone)])
        #expect(batch.bets.map(\.sequence) == [2] && batch.endsAttempt)
        intake.release(first)
        #expect(intake.heldCount == 1)
        intake.finish()
        #expect(try await next(intake)?.batch.bets.map(\.sequence) == [1])
    }

    @Test
    func `several come together, suspects each alone`() async throws {
        let intake = intake(suspects: [12, 14])
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send(11...15, delivered: 5) { $0 == 15 ? "{" : Deliveries.bet($0) }
        let company = try #require(try await next(intake))
        #expect(company.company.map(\.sequence) == [11, 13, 15])
        #expect(company.alone == nil && company.batch.isEmpty && company.replies.count == 3)
        let batch = intake.batch(of: company.company)
        #expect(batch.bets.map(\.sequence) == [11, 13] && batch.endsAttempt)
        #expect(batch.rejected.map(\.sequence) == [15])
        intake.release(company)
        for sequence: Int64 in [12, 14] {
            let held = try #require(try await next(intake))
            #expect(held.alone?.sequence == sequence && held.company.isEmpty)
            intake.release(held)
        }
        #expect(intake.heldCount == 0)
    }

    @Test
    func `who leaves a company takes its reply along and goes alone`() async throws {
        let intake = intake()
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send(1...4, delivered: 5)
        var held = try #require(try await next(intake))
        intake.separate(&held) { $0.sequence % 2 == 0 }
        #expect(held.company.map(\.sequence) == [1, 3])
        #expect(held.replies.count == 2 && held.publishedNanoseconds.count == 2)
        #expect(intake.heldCount == 4)
        #expect(intake.replies(unansweredFor: .zero, at: .now).map(\.count).sorted() == [1, 1, 2])
        intake.release(held)
        #expect(intake.heldCount == 2)
        for sequence: Int64 in [2, 4] {
            let single = try #require(try await next(intake))
            #expect(single.alone?.sequence == sequence && single.alone?.isSuspect == true)
            #expect(single.replies.count == 1)
            intake.release(single)
        }
        #expect(intake.heldCount == 0)
    }

    @Test
    func `what cannot be a bet is rejected for the same reason as ever`() async throws {
        let intake = intake(suspects: [1, 2])
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send([1]) { _ in "{" }
        try await deliveries.send([2], headers: "content-type: text/plain")
        var reasons: [RejectionReason] = []
        for _ in 1...2 {
            let held = try #require(try await next(intake))
            let alone = try #require(held.alone)
            reasons += intake.batch(of: [alone]).rejected.map(\.reason)
            intake.release(held)
        }
        #expect(reasons == [.malformed, .contentType])
        #expect(intake.heldCount == 0)
    }

    @Test
    func `a suspect is kept apart whatever the server counts`() async throws {
        let intake = intake(suspects: [2])
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send([1, 2])
        #expect(try await next(intake)?.alone?.sequence == 2)
    }

    @Test
    func `nobody is handled alone while another batch is not answered`() async throws {
        let intake = intake(suspects: [1, 2])
        let deliveries = try Deliveries(to: intake)
        try await deliveries.send([1, 2])
        let first = try #require(try await next(intake))
        async let second = next(intake)
        try await deliveries.send([3])
        intake.release(first)
        #expect(try await second?.alone?.sequence == 2)
    }

    @Test
    func `only so many wait, the rest is sent back, and the end of the pod forgets them`()
        async throws
    {
        let intake = intake()
        let deliveries = try Deliveries(to: intake)
        let receptions = try await deliveries.send(1...(SoloLane.messagesMax + 6), delivered: 6)
        #expect(receptions.prefix(SoloLane.messagesMax).allSatisfy { $0 == .held })
        #expect(receptions.dropFirst(SoloLane.messagesMax).allSatisfy { $0 == .postponed })
        #expect(intake.replies(unansweredFor: .zero, at: .now).count == SoloLane.messagesMax)
        intake.finish()
        #expect(intake.heldCount == 0)
        #expect(try await next(intake) == nil)
    }

    @Test
    func `deliveries wait until a message was handled alone`() async throws {
        let intake = intake()
        let deliveries = try Deliveries(to: intake)
        let isUnderWay = Flag()
        let mayEnd = Flag()
        async let attempt: Void = BlockingThread.run("alone") {
            intake.handleAlone {
                isUnderWay.set()
                while !mayEnd.load() { BlockingThread.pause(for: .milliseconds(1)) }
            }
        }
        let hasBegun = try await eventually { isUnderWay.load() }
        try #require(hasBegun)
        async let receptions = deliveries.send([1])
        mayEnd.set()
        try await attempt
        #expect(try await receptions == [.held])
    }
}
