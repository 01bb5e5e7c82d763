import BetStore
import PostgresClient
import TestSupport
import Testing

/// Locks that one process of all holds, and those that stand still while they hold one.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct SharedLockTests {
    @Test(arguments: SharedLock.allCases)
    func `one session holds it, and the next has it when that one is gone`(_ lock: SharedLock)
        async throws
    {
        let world = try await BatchWorld()
        let (holder, other) = (try world.connection(), try world.connection())
        #expect(try lock.take(holder))
        #expect(try !lock.take(other))
        #expect(try !lock.endSilentHolder(other))
        for another in SharedLock.allCases where another != lock {
            #expect(try another.take(other))
        }
        holder.close()
        #expect(try await eventually { try lock.take(other) })
    }

    @Test
    func `a holder that is silent loses it, one that shows itself does not`() async throws {
        let world = try await BatchWorld()
        let (silent, working, other) = (
            try world.connection(), try world.connection(), try world.connection()
        )
        #expect(try SharedLock.odds.take(silent))
        #expect(try SharedLock.upkeep.take(working))
        // As often as this loop turns, which is more often than a round.
        let isEnded = try await eventually(within: .seconds(30)) {
            try SharedLock.giveSign(working)
            return try SharedLock.odds.endSilentHolder(other)
        }
        #expect(isEnded)
        #expect(try !SharedLock.upkeep.endSilentHolder(other))
        #expect(try await eventually { try SharedLock.odds.take(other) })
        let error = #expect(throws: PostgresError.self) { try SharedLock.giveSign(silent) }
        #expect(error?.kind == .retry && error?.isConnectionLost == true)
        try SharedLock.giveSign(working)
    }

    @Test
    func `another database has locks of its own`() async throws {
        let (world, elsewhere) = (try await BatchWorld(), try await BatchWorld())
        let (silent, other) = (try world.connection(), try elsewhere.connection())
        #expect(try SharedLock.odds.take(silent))
        #expect(try SharedLock.odds.take(other))
        let deadline = ContinuousClock.now + .seconds(SharedLock.silentSecondsMax + 1)
        try await eventually(within: .seconds(30)) {
            #expect(try !SharedLock.odds.endSilentHolder(elsewhere.connection()))
            try SharedLock.giveSign(other)
            return ContinuousClock.now > deadline
        }
        try SharedLock.giveSign(silent)
    }
}
