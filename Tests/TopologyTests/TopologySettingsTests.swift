import JetStream
import ServiceKit
import Testing
import Topology

@Suite struct `Settings of the topology` {
    @Test func `come from the environment`() throws {
        let settings = try TopologySettings(
            Environment([
                "STREAM_REPLICAS": "3", "BETS_MAX_AGE_HOURS": "72", "ACK_WAIT_SECONDS": "20",
                "MAX_ACK_PENDING": "100", "BETS_MAX_BYTES": "1073741824",
            ])
        )
        let topology = Topology(settings)
        #expect(topology.streams.map(\.replicas) == [3, 3, 3])
        #expect(topology.bets.maxAgeNanoseconds == 72 * 3_600 * 1_000_000_000)
        #expect(topology.bets.maxBytes == 1 << 30)
        #expect(topology.consumer(epoch: 7).ackWaitMilliseconds == 20_000)
        #expect(topology.consumer(epoch: 7).maxAckPending == 100)
        #expect(topology.consumer(epoch: 7).deliverSubject == "_bets.deliver.7")
    }

    @Test(
        arguments: [
            ("STREAM_REPLICAS", "2"), ("STREAM_REPLICAS", "7"), ("BETS_MAX_AGE_HOURS", "0"),
            ("BETS_MAX_BYTES", "1GB"), ("DEAD_LETTERS_MAX_BYTES", "-1"),
            ("ACK_WAIT_SECONDS", "4"), ("MAX_ACK_PENDING", "0"),
        ]
    )
    func `that are wrong name their variable`(name: String, value: String) {
        let error = #expect(throws: ConfigurationError.self) {
            try TopologySettings(Environment([name: value]))
        }
        #expect(error?.description.hasPrefix("\(name)=\(value):") == true)
    }
}
