import Betting
import Glibc
import JetStream
import Synchronization
import TestSupport
import Testing
import Threading

@testable import Ingest

@Suite(.serialized, .timeLimit(.minutes(1)))
struct MembershipTests {
    private struct World {
        let server: NATSServer
        let answers: NATSConnection
        let intake = Intake(epoch: 9, limits: BatchLimits(), betLimits: BetLimits())
        let membership: Membership
        /// Connections for deliveries, tried.
        let made = Counter()

        init() async throws {
            server = try await NATSServer.start()
            var configuration = NATSConfiguration(urls: server.url, name: "test")
            configuration.reconnectWaitMilliseconds = 50
            let (deliveries, made) = (configuration.forDeliveries, made)
            answers = try NATSConnection(configuration) { _ in }
            membership = Membership(
                connect: { onEvent throws(JetStreamError) in
                    made.add()
                    return try NATSConnection(deliveries, onEvent: onEvent)
                },
                answers: answers,
                intake: intake
            )
        }
    }

    private final class Counter: Sendable {
        private let number = Mutex(0)
        var value: Int { number.withLock { $0 } }
        func add() { number.withLock { $0 += 1 } }
    }

    @Test
    func `a pod that has finished does not join the group again`() async throws {
        let world = try await World()
        let membership = world.membership
        try membership.join()
        try membership.join()
        #expect(membership.isJoined)
        #expect(world.made.value == 1)
        membership.leave(drainTimeoutMilliseconds: 1_000)
        #expect(!membership.isJoined)
        world.intake.finish()
        try membership.join()
        #expect(!membership.isJoined)
    }

    @Test
    func `a place that is lost is taken again once NATS is back, one that was left is not`()
        async throws
    {
        let world = try await World()
        let membership = world.membership
        try membership.join()
        for isMember in [true, false] {
            if !isMember { membership.leave(drainTimeoutMilliseconds: 0) }
            try await world.server.process.stop(SIGKILL)
            #expect(try await eventually { !membership.isJoined && !world.answers.isConnected })
            let made = world.made.value
            try membership.keep()
            #expect(world.made.value == made)
            try await world.server.start()
            #expect(try await eventually { world.answers.isConnected })
            if isMember {
                #expect(
                    try await eventually {
                        try membership.keep()
                        return membership.isJoined
                    }
                )
            } else {
                try membership.keep()
                #expect(!membership.isJoined)
            }
        }
    }

    @Test
    func `what asks to join while NATS is away becomes a member later`() async throws {
        let world = try await World()
        let membership = world.membership
        try await world.server.process.stop(SIGKILL)
        #expect(try await eventually { !world.answers.isConnected })
        try membership.join()
        #expect(!membership.isJoined)
        try await world.server.start()
        #expect(
            try await eventually {
                try membership.keep()
                return membership.isJoined
            }
        )
    }
}
