import EngineHarness
import TestSupport
import Testing

extension Pipeline {
    /// Games whose counters were taken away: because there are too many, or because somebody said so.
    @Suite struct RetiredGameTests {
        private static let gamesMax = 50

        @Test func `a flood of games stays within its limit, and every bet is stored and counted`()
            async throws
        {
            let engine = try await Engine.start(settings: ["GAMES_MAX": "\(Self.gamesMax)"])
            let backend = try await engine.startBackend("backend-1")
            func bet(games: Int) async throws {
                let simulation = try await engine.finish(
                    engine.simulate([
                        "--rate", "2000", "4000", "--games", "\(games)",
                    ])
                )
                #expect(simulation.status == 0, "\(simulation.output)")
                try await engine.quiet()
            }
            try await bet(games: 400)
            let isLimited = try await eventually(within: .seconds(20)) {
                try engine.number("SELECT count(*) FROM retired_games") >= 350
            }
            #expect(isLimited, "\(backend.log)")
            #expect(backend.log.contains("more games than GAMES_MAX"))
            try await expectCleanAudit(engine)

            // The rest goes on; what is retired by hand is gone, and comes back when asked for.
            let kept = try engine.rows(
                """
                SELECT min(game_id) FROM game_totals
                WHERE game_id NOT IN (SELECT game_id FROM retired_games)
                """
            )[0][0]
            #expect(try engine.oddsUpdates(kept) > 0)
            let retire = try await engine.run(.betctl, ["odds", "retire", kept, "never-seen"])
            #expect(retire.output == "retired 2 games\n", "\(retire.output)")
            #expect(try engine.oddsUpdates(kept) == 0)
            let show = try await engine.run(.betctl, ["odds", "show", kept])
            #expect(show.output == "\(kept): retired, without counters\n")
            try await bet(games: 400)
            try await expectCleanAudit(engine)
            #expect(try engine.oddsUpdates(kept) == 0)

            let rebuild = try await engine.run(.betctl, ["odds", "rebuild"])
            #expect(rebuild.status == 0, "\(rebuild.output)")
            try await expectCleanAudit(engine)
            let restore = try await engine.run(.betctl, ["odds", "restore", kept])
            #expect(restore.output.hasPrefix("restored 1 games"), "\(restore.output)")
            try await expectCleanAudit(engine)

            let all = try await engine.run(
                .betctl,
                ["odds", "retire", "--before", "2099-01-01T00:00:00Z"]
            )
            #expect(all.status == 0, "\(all.output)")
            let isEmpty = try await eventually {
                let audit = try await engine.audit()
                return audit.output.contains(" in 0 games")
            }
            #expect(isEmpty)
            try await expectCleanAudit(engine)
        }

        private func expectCleanAudit(_ engine: Engine) async throws {
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }
    }
}
