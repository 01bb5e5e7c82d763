import JetStream
import ServiceKit
import TestSupport
import Testing
import Topology

@Suite(.serialized) struct `Streams on a server` {
    private static func connect() async throws -> (NATSServer, NATSConnection, JetStreamManager) {
        let server = try await NATSServer.start()
        let connection = try NATSConnection(
            NATSConfiguration(urls: server.url, name: "test")
        ) { _ in }
        return (server, connection, JetStreamManager(connection))
    }

    @Test func `are as intended once they were created, and stay so`() async throws {
        let (server, connection, manager) = try await Self.connect()
        let topology = Topology()
        let absent = try topology.inspect(manager).fatal.map(\.object)
        #expect(absent == ["bets_stream", "bets_consumer"])
        #expect(
            try topology.createMissing(manager)
                == ["bets_stream", "stats_stream", "dead_letters", "bets_consumer"]
        )
        let report = try topology.inspect(manager)
        #expect(report.findings.isEmpty)
        #expect(report.consumer?.configuration.deliverGroup == Topology.group)
        #expect(try topology.createMissing(manager).isEmpty)
        #expect(try topology.inspect(manager).epoch == report.epoch)
        connection.close()
        server.process.kill(9)
    }

    @Test func `take new settings only when told to`() async throws {
        let (server, connection, manager) = try await Self.connect()
        try Topology().createMissing(manager)
        let longer = Topology(try TopologySettings(Environment(["BETS_MAX_AGE_HOURS": "72"])))
        try longer.createMissing(manager)
        let before = try longer.inspect(manager)
        #expect(before.findings.map(\.severity) == [.warning])
        #expect(before.fatal.isEmpty)
        #expect(try longer.updateStreams(manager) == ["bets_stream"])
        let after = try longer.inspect(manager)
        #expect(after.findings.isEmpty)
        #expect(after.epoch == before.epoch)
        connection.close()
        server.process.kill(9)
    }

    @Test func `made anew begin a new epoch, with a consumer that fits it`() async throws {
        let (server, connection, manager) = try await Self.connect()
        let topology = Topology()
        try topology.createMissing(manager)
        let before = try topology.inspect(manager).epoch ?? 0
        try topology.recreate(manager)
        let report = try topology.inspect(manager)
        let epoch = try #require(report.epoch)
        #expect(epoch > before)
        #expect(report.findings.isEmpty)
        #expect(
            report.consumer?.configuration.deliverSubject == Topology.deliverSubject(epoch: epoch)
        )
        connection.close()
        server.process.kill(9)
    }

    @Test func `that a consumer of another kind reads are refused`() async throws {
        let (server, connection, manager) = try await Self.connect()
        let topology = Topology()
        try topology.createMissing(manager)
        _ = try manager.deleteConsumer(stream: "bets_stream", consumer: "bets_consumer")
        var pull = ConsumerConfiguration(durable: "bets_consumer")
        pull.maxDeliver = 5
        pull.ackWaitMilliseconds = 1_000
        try manager.createConsumer(pull, on: "bets_stream")
        let fields = try topology.inspect(manager).fatal.compactMap(\.difference?.field)
        #expect(Set(fields) == ["deliver_group", "max_deliver", "ack_wait"])
        connection.close()
        server.process.kill(9)
    }
}
