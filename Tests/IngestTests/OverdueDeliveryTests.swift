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

    @Test
    func `what was delivered an ack wait and a margin ago may be overdue`() {
        var overdue = OverdueDeliveries()
        let start = ContinuousClock.now
        for second in 0..<12 {
            let info = consumer(delivered: UInt64(100 + second * 10), floor: 50)
            #expect(overdue.range(info, at: start + .seconds(second)) == nil)
        }
        let info = consumer(delivered: 1_000, floor: 50)
        #expect(overdue.range(info, at: start + .seconds(12)) == 51...100)
        overdue.found([70, 71], in: 51...100)
        #expect(overdue.range(info, at: start + .seconds(13)) == 70...110)
        overdue.found([], in: 70...110)
        #expect(overdue.range(info, at: start + .seconds(14)) == 111...120)
    }

    @Test
    func `nothing is overdue when everything is answered`() {
        let start = ContinuousClock.now
        var overdue = OverdueDeliveries()
        _ = overdue.range(consumer(delivered: 100), at: start)
        let idle = consumer(delivered: 100, floor: 10, unanswered: 0)
        #expect(overdue.range(idle, at: start + .seconds(20)) == nil)
        let done = consumer(delivered: 100, floor: 100)
        #expect(overdue.range(done, at: start + .seconds(21)) == nil)
    }

    @Test
    func `a server that forgot deliveries begins anew, and a look is bounded`() {
        let start = ContinuousClock.now
        var overdue = OverdueDeliveries()
        _ = overdue.range(consumer(delivered: 1_000_000), at: start)
        let range = overdue.range(consumer(delivered: 1_000_000), at: start + .seconds(12))
        #expect(range == 1...OverdueDeliveries.rangeMax)
        let after = consumer(delivered: 900)
        #expect(overdue.range(after, at: start + .seconds(13)) == nil)
    }
}
