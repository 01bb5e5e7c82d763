import JetStream
import ServiceKit
import TestSupport
import Testing
import Topology

@Suite(.serialized) struct `Trimming a stream` {
    private struct World {
        let server: NATSServer
        let connection: NATSConnection
        let manager: JetStreamManager
        let topology: Topology

        init() async throws {
            server = try await NATSServer.start()
            var configuration = NATSConfiguration(urls: server.url, name: "test")
            configuration = StreamTrimmer.configuration(configuration)
            connection = try NATSConnection(configuration) { _ in }
            manager = JetStreamManager(connection)
            topology = Topology(
                try TopologySettings(Environment(["BETS_MAX_BYTES": "\(1 << 20)"]))
            )
            try topology.createMissing(manager)
        }

        func publish(_ count: Int) throws {
            for _ in 1...count {
                _ = try connection.publishAcknowledged(
                    Topology.betsSubject,
                    body: Array(repeating: 0x20, count: 400),
                    messageID: nil,
                    timeoutMilliseconds: 5_000
                )
            }
        }

        func stream() throws -> StreamInfo {
            try #require(try manager.streamInfo(Topology.betsStream))
        }
    }

    @Test func `frees the oldest, keeps what is needed, and leaves the settings as they were`()
        async throws
    {
        let world = try await World()
        let before = try world.stream().configuration
        try world.publish(600)
        let trimmer = try StreamTrimmer(world.topology, world.connection)
        #expect(try trimmer.step(dispensable: 600, bytesLeft: 0, keeping: .seconds(60)) == .nothing)
        #expect(try trimmer.step(dispensable: 0, bytesLeft: 0, keeping: .zero) == .nothing)

        // What was published within the last two seconds stays.
        var freed: UInt64 = 0
        let isFreed = try await eventually(within: .seconds(20)) {
            let step = try trimmer.step(dispensable: 600, bytesLeft: 100_000, keeping: .zero)
            if case .freed(let count) = step { freed += count }
            return freed > 300
        }
        let after = try world.stream()
        #expect(isFreed)
        // A server that was at it when the step looked has gone on by now.
        #expect(after.firstSequence >= freed + 1)
        #expect(after.lastSequence == 600)
        #expect(after.messages > 0 && after.bytes < 140_000)
        #expect(after.configuration == before)

        // The rest is needed from 580 on. Those before go when two seconds lie between.
        try await lasting(.milliseconds(2_500))
        try world.publish(100)
        _ = try trimmer.step(dispensable: 600, bytesLeft: 0, keeping: .zero)
        #expect(try world.stream().firstSequence == 601)
        _ = try trimmer.step(dispensable: 600, bytesLeft: 0, keeping: .zero)
        #expect(try world.stream().firstSequence == 601)
        #expect(try world.stream().configuration == before)
        world.connection.close()
    }

    @Test func `that was left unfinished is ended by whoever looks`() async throws {
        let world = try await World()
        let before = try world.stream().configuration
        var lowered = before
        lowered.maxAgeNanoseconds = 90_000_000_001
        lowered.duplicateWindowNanoseconds = 90_000_000_001
        try world.manager.updateStream(lowered)
        let found = try world.topology.inspect(world.manager)
        #expect(found.fatal.isEmpty && found.findings.count == 2)
        #expect(try !world.topology.endTrim(of: before, world.manager))
        #expect(try world.topology.endTrim(of: lowered, world.manager))
        #expect(try world.stream().configuration == before)
        // A trim that goes on has set another age meanwhile.
        #expect(try !world.topology.endTrim(of: lowered, world.manager))

        // A trimmer that finds the stream lowered ends with the lasting age.
        try world.manager.updateStream(lowered)
        try world.publish(10)
        let trimmer = try StreamTrimmer(world.topology, world.connection)
        let isFreed = try await eventually(within: .seconds(20)) {
            _ = try trimmer.step(dispensable: 10, bytesLeft: 0, keeping: .zero)
            return try world.stream().firstSequence == 11
        }
        #expect(isFreed)
        #expect(try world.stream().configuration == before)
        world.connection.close()
    }
}
