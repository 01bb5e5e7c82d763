import JetStream
import ServiceKit
import Testing

@testable import Topology

@Suite struct `The age of a trim` {
    /// Seconds on the server's clock, all but the age and the keeping.
    struct Case: Sendable, CustomTestStringConvertible {
        var what: String
        var now: Double = 1_000
        var first: Double = 0
        var wished: Double
        var needed: Double?
        var keep: Double = 0
        var age: Double?

        var testDescription: String { what }
    }

    @Test(arguments: [
        Case(what: "frees what is wished", wished: 400, age: 600),
        Case(what: "stops short of what is needed", wished: 900, needed: 500, age: 502),
        Case(what: "frees nothing when all is needed", wished: 900, needed: 0, age: nil),
        Case(what: "… or nearly all", wished: 900, needed: 2, age: nil),
        Case(what: "… or a little less", wished: 900, needed: 3, age: 999),
        Case(what: "keeps the newest though nothing is needed", wished: 1_000, age: 2),
        Case(what: "keeps what is young", wished: 900, keep: 300, age: 300),
        Case(what: "frees nothing when all is young", first: 800, wished: 900, keep: 300, age: nil),
        Case(
            what: "takes what is needed more seriously",
            wished: 900,
            needed: 5,
            keep: 1,
            age: 997
        ),
        Case(what: "does not believe in the future", wished: 1_500, needed: 2_000, age: 2),
        Case(
            what: "is never a whole hour",
            now: 10_000,
            wished: 2_800,
            age: 7_200.000_000_001
        ),
    ])
    func `leaves what is needed`(example: Case) {
        func nanoseconds(_ seconds: Double) -> Int64 { Int64((seconds * 1e9).rounded()) }
        let plan = TrimPlan(
            now: nanoseconds(example.now),
            first: nanoseconds(example.first),
            wished: nanoseconds(example.wished),
            needed: example.needed.map(nanoseconds),
            keepNanoseconds: nanoseconds(example.keep)
        )
        #expect(plan.ageNanoseconds == example.age.map(nanoseconds))
    }

    @Test(arguments: [(0, false), (24, false), (1, false)])
    func `is told from one that was chosen`(hours: Int64, isTrimming: Bool) {
        var stream = Topology().bets
        stream.maxAgeNanoseconds = hours * 3_600 * 1_000_000_000
        #expect(Topology.isTrimming(stream) == isTrimming)
        stream.maxAgeNanoseconds += 1
        #expect(Topology.isTrimming(stream))
        stream.name = "other"
        #expect(!Topology.isTrimming(stream))
    }

    @Test(arguments: [
        (0, 0, UInt64(70), UInt64(100)), (5, 0, 70, 70), (0, 3, 70, 70),
    ])
    func `knows what is settled`(
        pending: UInt64,
        ackPending: Int,
        floor: UInt64,
        settled: UInt64
    ) {
        var consumer = ConsumerInfo(
            configuration: ConsumerConfiguration(durable: "c"),
            createdNanoseconds: 0
        )
        consumer.pending = pending
        consumer.ackPending = ackPending
        consumer.ackFloor.streamSequence = floor
        #expect(StreamTrimmer.settled(consumer, last: 100) == settled)
    }
}
