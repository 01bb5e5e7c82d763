import EngineHarness
import Glibc
import RedisClient
import TestSupport
import Testing

extension Faults {
    /// Redis is emptied, killed and frozen; betting does not care.
    @Suite struct RedisFaultTests {
        /// Few bets a batch: a time limit paid for every batch would cost most of the rate.
        private static let smallBatches = ["BATCH_ROWS_MAX": "100"]
        private static let rate = 2_000
        private static let countersEqualWithin = Duration.seconds(10)

        /// Deleted by hand, one after the other.
        private static let deletions: [[RedisArgument]] = [
            ["DEL", "game:game_1:odds_updates"], ["HDEL", "game:game_2:pool", "selection_1"],
            ["DEL", "odds:total"],
        ]

        @Test func `betting keeps its rate whatever happens to Redis`() async throws {
            let run = try await FaultRun(rate: Self.rate, environment: Self.smallBatches)
            let server = run.engine.redis
            try await run.phase("no fault", lasting: .seconds(3))
            try await run.phase("emptied", lasting: .seconds(4)) {
                try command(["FLUSHALL"], server)
            }
            try await run.phase("deleted by hand", lasting: .seconds(4)) {
                for deletion in Self.deletions { try await delete(deletion, server) }
            }
            try await run.phase("killed", lasting: .seconds(3)) {
                try await server.process.stop(SIGKILL)
            }
            try await run.phase("started again", lasting: .seconds(3)) {
                try await server.start()
            }
            try await run.phase("frozen", lasting: .seconds(10)) {
                try await server.process.freeze()
            }
            server.process.kill(SIGCONT)
            try await run.stopLoad()
            try await expectEqualCounters(run.engine)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `what is deleted by hand without load comes back`() async throws {
            let run = try await FaultRun(backends: 1, rate: Self.rate)
            try await run.stopLoad()
            try await expectEqualCounters(run.engine)
            for deletion in Self.deletions {
                try await delete(deletion, run.engine.redis)
                try await expectEqualCounters(run.engine)
            }
        }

        @Test func `a frozen keeper of the counters is relieved`() async throws {
            let run = try await FaultRun(backends: 3, rate: Self.rate)
            var found: ServerProcess?
            try await eventually {
                found = run.backends.first { $0.log.contains("keeping the odds counters") }
                return found != nil
            }
            let keeper = try #require(found)
            // The same process trims and fills gaps, under a lock of its own.
            let isKeeping = try await eventually {
                try run.engine.number(
                    """
                    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
                    WHERE d.datname = current_database() AND locktype = 'advisory' AND granted
                    """
                ) >= 2
            }
            try #require(isKeeping)
            try await keeper.freeze()
            try command(["FLUSHALL"], run.engine.redis)
            let isRelieved = try await eventually(within: .seconds(30)) {
                run.backends.contains {
                    $0.pid != keeper.pid && $0.log.contains("odds counters rebuilt")
                }
            }
            #expect(isRelieved, "\(run.backends.map(\.log))")
            let isKeptUp = try await eventually(within: .seconds(30)) {
                run.backends.contains {
                    $0.log.contains("who kept up the stream stood still: relieved")
                }
            }
            #expect(isKeptUp, "\(run.backends.map(\.log))")
            keeper.kill(SIGCONT)
            try await run.stopLoad()
            try await expectEqualCounters(run.engine)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        /// Deletes something that is there.
        private func delete(_ deletion: [RedisArgument], _ server: RedisServer) async throws {
            let isDeleted = try await eventually { try command(deletion, server) == 1 }
            #expect(isDeleted)
        }

        private func expectEqualCounters(_ engine: Engine) async throws {
            let truth = try OddsFigures(postgres: engine)
            #expect(truth.total > 0)
            let since = ContinuousClock.now
            let isEqual = try await eventually(within: Self.countersEqualWithin) {
                try OddsFigures(redis: engine.redis.url) == truth
            }
            print("counters equal after \(since.duration(to: .now))")
            let projection = try OddsFigures(redis: engine.redis.url)
            #expect(isEqual, "\(projection.differences(from: truth))")
        }

        @discardableResult
        private func command(_ words: [RedisArgument], _ server: RedisServer) throws -> Int64? {
            let redis = try RedisConnection(RedisConfiguration(address: server.url))
            defer { redis.close() }
            return try redis.command(words).int64
        }
    }
}
