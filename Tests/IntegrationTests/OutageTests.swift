import EngineHarness
import Glibc
import RedisClient
import TestSupport
import Testing

extension Pipeline {
    /// Servers that go away under load and come back: nobody restarts a backend.
    @Suite struct OutageTests {
        /// What a run is about: an engine with two backends and bets coming in.
        private struct Run {
            let engine: Engine
            let backends: [ServerProcess]
            let simulator: ServerProcess
            let journal: String

            init(on cluster: PostgresServer? = nil) async throws {
                engine = try await Engine.start(on: cluster)
                backends = [
                    try await engine.startBackend("backend-1"),
                    try await engine.startBackend("backend-2"),
                ]
                journal = engine.file("journal")
                simulator = try engine.simulate([
                    "--rate", "2000", "0", "--games", "20", "--selections", "3", "--duplicates",
                    "0.02", "--malformed", "0.01", "--ack-timeout", "2000", "--journal", journal,
                ])
                try await storeMore(1_000)
            }

            /// Waits until so many more bets are stored.
            func storeMore(_ count: Int) async throws {
                let before = try engine.number("SELECT count(*) FROM bets")
                let isStored = try await eventually(within: .seconds(40)) {
                    try engine.number("SELECT count(*) FROM bets") >= before + count
                }
                try #require(isStored)
            }

            /// Ends the load, waits for what is under way, and lets the audit judge.
            func finish() async throws {
                try await engine.interrupt(simulator)
                try await engine.quiet()
                let audit = try await engine.audit(journal: journal)
                #expect(audit.status == 0, "\(audit.output)")
                for backend in backends { #expect(backend.isRunning, "\(backend.log)") }
            }
        }

        @Test func `bets do not wait for Redis, and counters it lost come back`() async throws {
            let run = try await Run()
            let redis = try RedisConnection(RedisConfiguration(address: run.engine.redis.url))
            _ = try redis.command(["FLUSHALL"])
            try await run.storeMore(1_000)
            _ = try redis.command(["DEL", "game:game_1:odds_updates"])
            try await run.storeMore(1_000)
            try await run.engine.redis.process.freeze()
            try await run.storeMore(2_000)
            run.engine.redis.process.kill(SIGCONT)
            try await run.engine.redis.process.stop(SIGKILL)
            try await run.storeMore(1_000)
            try await run.engine.redis.start()
            try await run.storeMore(1_000)
            try await run.finish()
        }

        @Test func `bets wait for Postgres and are stored once when it is back`() async throws {
            let cluster = try await PostgresServer.start()
            let run = try await Run(on: cluster)
            try await cluster.process.stop(SIGKILL)
            let held = try run.engine.lastSequence()
            try await eventually(within: .seconds(20)) {
                try run.engine.lastSequence() >= held + 2_000
            }
            try await cluster.start()
            try await run.storeMore(1_000)
            try await run.finish()
        }

        @Test func `a killed NATS server costs no bet`() async throws {
            let run = try await Run()
            try await run.engine.nats.process.stop(SIGKILL)
            try await run.engine.nats.start()
            try await run.storeMore(1_000)
            try await run.finish()
        }
    }
}
