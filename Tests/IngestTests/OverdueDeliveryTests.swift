import JetStream
import Testing

@testable import Ingest

struct OverdueDeliveryTests {
    private func consumer(
        delivered: UInt64,
        floor: UInt64 = 0,
        unanswered: Int = 1
    ) -> ConsumerInfo {
        var configuration = ConsumerConfiguration(durable: "bets_consumer")
        configuration.ackWaitMilliseconds = 10_000
        var info = ConsumerInfo(configuration: configuration, createdNanoseconds: 1)
        info.delivered.streamSequence = delivered
        info.ackFloor.streamSequence = floor
        info.ackPending = unanswered
        return info
    }

    private func look(
        _ info: ConsumerInfo,
        at now: ContinuousClock.Instant,
        _ overdue: inout OverdueDeliveries
    ) -> ClosedRange<Int64>? {
        overdue.range(info, at: now, limit: OverdueDeliveries.limit(info))
    }

    @Test
    func `what was delivered an ack wait and a margin ago may be overdue`() {
        var overdue = OverdueDeliveries()
        let start = ContinuousClock.now
        for second in 0..<12 {
            let info = consumer(delivered: UInt64(100 + second * 10), floor: 50)
            #expect(look(info, at: start + .seconds(second), &overdue) == nil)
        }
        let info = consumer(delivered: 1_000, floor: 50)
        #expect(look(info, at: start + .seconds(12), &overdue) == 51...100)
        overdue.found([70, 71], in: 51...100)
        #expect(look(info, at: start + .seconds(13), &overdue) == 70...110)
        overdue.found([], in: 70...110)
        #expect(look(info, at: start + .seconds(14), &overdue) == 111...120)
    }

    @Test
    func `nothing is overdue when everything is answered`() {
        let start = ContinuousClock.now
        var overdue = OverdueDeliveries()
        _ = look(consumer(delivered: 100), at: start, &overdue)
        let idle = consumer(delivered: 100, floor: 10, unanswered: 0)
        #expect(look(idle, at: start + .seconds(20), &overdue) == nil)
        let done = consumer(delivered: 100, floor: 100)
        #expect(look(done, at: start + .seconds(21), &overdue) == nil)
    }

    @Test
    func `a server that forgot deliveries begins anew, and a look is bounded`() {
        let start = ContinuousClock.now
        var overdue = OverdueDeliveries()
        _ = look(consumer(delivered: 1_000_000), at: start, &overdue)
        let range = look(consumer(delivered: 1_000_000), at: start + .seconds(12), &overdue)
        #expect(range == 1...OverdueDeliveries.rangeMax)
        let after = consumer(delivered: 900)
        #expect(look(after, at: start + .seconds(13), &overdue) == nil)
    }

    @Test
    func `what libnats dropped is looked for after a second, for an ack wait`() {
        let start = ContinuousClock.now
        var drops = DroppedDeliveries()
        drops.look(0, at: start)
        #expect(!drops.isRecent(within: .seconds(12), at: start))
        drops.look(5, at: start + .seconds(1))
        #expect(drops.isRecent(within: .seconds(12), at: start + .seconds(13)))
        #expect(!drops.isRecent(within: .seconds(12), at: start + .seconds(14)))
        // Another subscription counts from 0.
        drops.look(0, at: start + .seconds(20))
        #expect(!drops.isRecent(within: .seconds(12), at: start + .seconds(20)))
        drops.look(1, at: start + .seconds(21))
        #expect(drops.isRecent(within: .seconds(12), at: start + .seconds(21)))

        var overdue = OverdueDeliveries()
        let info = consumer(delivered: 100)
        let limit = OverdueDeliveries.droppedLimit
        #expect(overdue.range(info, at: start, limit: limit) == nil)
        #expect(overdue.range(info, at: start + .seconds(1), limit: limit) == 1...100)
    }
}
