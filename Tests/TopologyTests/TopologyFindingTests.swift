import JetStream
import Testing
import Topology

/// One setting of `bets_consumer` or of a stream changed, and how it is judged.
struct Change<Configuration: Sendable>: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let severities: [TopologyFinding.Severity]
    let apply: @Sendable (inout Configuration) -> Void

    init(
        _ name: String,
        _ severities: [TopologyFinding.Severity],
        _ apply: @escaping @Sendable (inout Configuration) -> Void
    ) {
        testDescription = name
        self.severities = severities
        self.apply = apply
    }
}

@Suite struct `Judging what the server has` {
    let topology = Topology()
    static let epoch: Int64 = 1_763_700_000_000_000_000

    static let consumerChanges: [Change<ConsumerConfiguration>] = [
        Change("as intended", []) { _ in },
        Change("no acknowledgements", [.fatal]) { $0.acknowledgementPolicy = .none },
        Change("acknowledge all", [.fatal]) { $0.acknowledgementPolicy = .all },
        Change("another group", [.fatal]) { $0.deliverGroup = "other" },
        Change("no group", [.fatal]) { $0.deliverGroup = nil },
        Change("a filter", [.fatal]) { $0.filterSubject = "bets.football" },
        Change("a filter by the only subject", []) { $0.filterSubject = "bets" },
        Change("five deliveries", [.fatal]) { $0.maxDeliver = 5 },
        Change("a back-off list", [.fatal]) { $0.backoff = [1_000_000_000] },
        Change("4.9 s ack wait", [.fatal]) { $0.ackWaitMilliseconds = 4_900 },
        Change("5 s ack wait", [.warning]) { $0.ackWaitMilliseconds = 5_000 },
        Change("60 s ack wait", [.warning]) { $0.ackWaitMilliseconds = 60_000 },
        Change("fewer pending", [.warning]) { $0.maxAckPending = 1_000 },
        Change("another deliver subject", [.warning]) { $0.deliverSubject = "_bets.deliver.1" },
        Change("pending and deliveries", [.fatal, .warning]) {
            $0.maxAckPending = 1_000
            $0.maxDeliver = 3
        },
    ]

    @Test(arguments: consumerChanges)
    func `a consumer`(change: Change<ConsumerConfiguration>) {
        var actual = topology.consumer(epoch: Self.epoch)
        change.apply(&actual)
        let findings = topology.findings(consumer: actual, epoch: Self.epoch)
        #expect(findings.map(\.severity.rawValue).sorted() == change.severities.map(\.rawValue))
    }

    static let streamChanges: [Change<StreamConfiguration>] = [
        Change("as intended", []) { _ in },
        Change("memory storage", [.fatal]) { $0.storage = .memory },
        Change("discard old", [.fatal]) { $0.discard = .old },
        Change("another age", [.warning]) { $0.maxAgeNanoseconds /= 2 },
        Change("other subjects", [.warning]) { $0.subjects.append("bets.>") },
        Change("work queue", [.warning]) { $0.retention = .workQueue },
        Change("another size", [.warning]) { $0.maxBytes = 1 << 20 },
        Change("more replicas", [.warning]) { $0.replicas = 3 },
        Change("a longer window", [.warning]) { $0.duplicateWindowNanoseconds *= 2 },
        Change("deletes allowed", [.warning]) { $0.deniesDelete = false },
        Change("larger messages", [.warning]) { $0.maxMessageBytes = 65_536 },
    ]

    @Test(arguments: streamChanges)
    func `the stream of bets`(change: Change<StreamConfiguration>) {
        var actual = topology.bets
        change.apply(&actual)
        let findings = topology.findings(stream: actual)
        #expect(findings.map(\.severity) == change.severities)
    }

    @Test func `another stream never stops a backend`() {
        var stats = topology.stats
        stats.storage = .memory
        #expect(topology.findings(stream: stats).map(\.severity) == [.warning])
        #expect(topology.findings(stream: topology.deadLetters).isEmpty)
    }

    @Test func `a stream that is not ours is not judged`() {
        let other = StreamConfiguration(name: "other", subjects: ["other"])
        #expect(topology.findings(stream: other).isEmpty)
    }
}
