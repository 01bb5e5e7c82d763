import EngineHarness
import Foundation
import RedisClient
import TestSupport
import Testing

extension Pipeline {
    /// The users of docs/SECURITY.md may do what the engine needs, and little else.
    @Suite struct RedisUserTests {
        /// The rules behind `user NAME` in the document, with a password.
        private func rules(of user: String) throws -> [String] {
            let text = try AlertsDocument.text("docs/SECURITY.md")
            let words = text.replacing("\\\n", with: " ").split(separator: "\n")
                .map { $0.split(separator: " ").map(String.init) }
                .first { $0.starts(with: ["user", user]) }
            guard let words else { throw FixtureError("docs/SECURITY.md has no user \(user)") }
            return words.dropFirst(2).map { $0.hasPrefix(">") ? ">s3cret/\(user)" : $0 }
        }

        private func make(_ user: String, _ redis: RedisConnection) throws {
            let command = ["ACL", "SETUSER", user] + (try rules(of: user))
            _ = try redis.command(command.map { RedisArgument($0) })
        }

        private func url(_ user: String, _ engine: Engine) -> String {
            engine.redis.url.replacing("redis://", with: "redis://\(user):s3cret%2F\(user)@")
        }

        @Test func `the engine does its work as these users`() async throws {
            let engine = try await Engine.start()
            let owner = try RedisConnection(RedisConfiguration(address: engine.redis.url))
            try make("betting", owner)
            try make("dashboard", owner)
            let betting = ["REDIS_URL": url("betting", engine)]
            let backend = try await engine.startBackend("backend-1", environment: betting)
            let aggregator = try await engine.startAggregator(
                "aggregator-1",
                environment: ["REDIS_URL": url("dashboard", engine)]
            )
            let dashboard = try FrameLog(port: try await aggregator.httpPort())
            let simulation = try await engine.finish(engine.simulate(["0", "500"]))
            #expect(simulation.status == 0, "\(simulation.output)")
            try await engine.quiet()
            // A counter that is wrong is found and put right: reading, comparing, a rebuild.
            let keys = try owner.command(["KEYS", "game:*:odds_updates"]).elements ?? []
            let key = try #require(keys.first?.text)
            _ = try owner.command(["SET", RedisArgument(key), "1000000"])
            for command in [["odds", "rebuild"], ["audit", "--timeout", "60s"]] {
                let result = try await engine.finish(
                    engine.begin(.betctl, command, environment: betting)
                )
                #expect(result.status == 0, "\(command): \(result.output)")
            }
            let isShown = try await dashboard.see {
                $0.total_odds == 500 && $0.state(of: "redis") == "up"
            }
            #expect(isShown, "\(String(describing: dashboard.last))")
            try await backend.stop()
            let reset = try await engine.finish(
                engine.begin(.betctl, ["reset", "--yes"], environment: betting)
            )
            #expect(reset.status == 0, "\(reset.output)")
            for log in [backend.log, aggregator.log, reset.output] {
                #expect(!log.contains("NOPERM"), "\(log)")
            }
        }

        @Test func `other keys, other commands and writing by the dashboard are refused`()
            async throws
        {
            let engine = try await Engine.start()
            let owner = try RedisConnection(RedisConfiguration(address: engine.redis.url))
            for user in ["betting", "dashboard"] {
                try make(user, owner)
                let client = try RedisConnection(
                    RedisConfiguration(address: url(user, engine))
                )
                for command in [
                    ["GET", "other"], ["FLUSHALL"], ["CONFIG", "SET", "appendonly", "no"],
                    ["ACL", "LIST"], ["SHUTDOWN"], ["KEYS", "*"], ["DEBUG", "SLEEP", "0"],
                ] {
                    #expect(throws: RedisError.self, "\(user): \(command)") {
                        try client.command(command.map { RedisArgument($0) })
                    }
                }
                if user == "dashboard" {
                    #expect(throws: RedisError.self) {
                        try client.command(["SET", "odds:total", "1"])
                    }
                }
            }
            #expect(throws: RedisError.self) {
                try RedisConnection(
                    RedisConfiguration(
                        address: url("betting", engine).replacing("s3cret", with: "guess")
                    )
                )
            }
        }
    }
}
