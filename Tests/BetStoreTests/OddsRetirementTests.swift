import BetStore
import PostgresClient
import RedisClient
import TestSupport
import Testing

@Suite(.serialized) struct OddsRetirementTests {
    private struct World {
        let redis: RedisServer
        let postgres: PostgresServer
        let database: OddsDatabase
        let client: RedisClient
        let odds: OddsProjection
        let maintenance: OddsMaintenance
        let retirement: OddsRetirement

        init(games: Int64 = 40, gamesMax: Int = 100_000) async throws {
            redis = try await RedisServer.start()
            postgres = try await PostgresServer.start(settings: ["synchronous_commit=off"])
            database = try OddsDatabase(postgres, games: games)
            client = try redis.client()
            odds = OddsProjection(client)
            maintenance = OddsMaintenance(odds, gamesMax: gamesMax)
            retirement = OddsRetirement(odds, database.connection)
        }

        @discardableResult func round() throws -> MaintenanceReport {
            try maintenance.round(connection: database.connection)
        }

        func rounds(_ count: Int) throws -> [MaintenanceReport] {
            try (0..<count).map { _ in try round() }
        }

        func retired() throws -> Set<String> {
            let rows = try database.connection.query("SELECT game_id FROM retired_games")
            return Set(try (0..<rows.rowCount).map { try rows.string($0, 0) })
        }

        /// Whether the games that are kept are exact, the others without keys, and the total full.
        func isExact() throws -> Bool {
            let expected = try database.expected()
            let retired = try retired()
            guard try odds.total() == expected.values.reduce(0, { $0 + $1.updates }) else {
                return false
            }
            for (game, figures) in expected {
                let found = try odds.read(game: game)
                guard let found else { return false }
                if retired.contains(game) {
                    guard found.isRetired, found.updates == 0, found.pools.isEmpty else {
                        return false
                    }
                } else {
                    guard found == figures else { return false }
                }
            }
            let kept = expected.keys.filter { !retired.contains($0) }.count
            let keys = try client.run("KEYS", "game:*").elements ?? []
            return try keys.count == 2 * kept && odds.gameCount() == Int64(kept)
        }
    }

    @Test func `takes counters away and leaves the rest exact, under rebuild and repair too`()
        async throws
    {
        let world = try await World()
        try world.round()
        try world.database.store(1...4_000)
        #expect(try world.odds.apply(world.database.delta(1...4_000)) == .applied)
        #expect(try world.isExact())
        #expect(try world.retirement.retire(["game-3", "game-4", "game-3"]) == 2)
        #expect(try world.retirement.retire(["game-3"]) == 0)
        #expect(throws: OddsError.self) { try world.retirement.retire(["game 3"]) }
        #expect(try world.isExact())

        // Bets on them go on being counted as bets.
        try world.database.store(4_001...6_000)
        #expect(try world.odds.apply(world.database.delta(4_001...6_000)) == .applied)
        try world.database.store(6_001...7_000)
        #expect(try world.odds.apply(world.database.delta(6_001...6_999, step: 2)) == .applied)
        #expect(try world.rounds(4).allSatisfy { $0.rebuild == nil && $0.differences == 0 })
        #expect(try world.isExact())
        try world.odds.requestRebuild()
        try world.round()
        #expect(try world.isExact())
        #expect(try world.rounds(4).allSatisfy { $0.rebuild == nil && $0.differences == 0 })

        // Given back.
        #expect(try world.retirement.restore(["game-3"]) == 1)
        #expect(try world.round().rebuild == .absent)
        #expect(try world.retired() == ["game-4"])
        #expect(try world.isExact())
    }

    @Test func `by the time of the last bet`() async throws {
        let world = try await World()
        try world.round()
        try world.database.store(1...4_000)
        #expect(try world.odds.apply(world.database.delta(1...4_000)) == .applied)
        _ = try world.database.connection.run(
            "UPDATE game_totals SET updated_at = '2025-01-01' WHERE game_id IN ('game-1','game-2')"
        )
        let january: Int64 = 1_735_689_600_000_000
        #expect(try world.retirement.retire(lastBetBefore: january) == 0)
        #expect(try world.retirement.retire(lastBetBefore: january + 1) == 2)
        #expect(try world.retired() == ["game-1", "game-2"])
        #expect(try world.isExact())
    }

    @Test func `what Redis was not told of it learns later`() async throws {
        let world = try await World()
        try world.round()
        try world.database.store(1...4_000)
        #expect(try world.odds.apply(world.database.delta(1...4_000)) == .applied)
        _ = try world.database.connection.run(
            "INSERT INTO retired_games (game_id, cause) VALUES ('game-7', 'operator')"
        )
        #expect(try !world.isExact())
        let reports = try world.rounds(61)
        #expect(reports.allSatisfy { $0.rebuild == nil && $0.differences == 0 })
        #expect(try world.isExact())
    }

    @Test func `beyond the limit those go that were not bet on for longest`() async throws {
        let world = try await World(games: 200, gamesMax: 100)
        try world.round()
        try world.database.store(1...1_000)
        #expect(try world.odds.apply(world.database.delta(1...1_000)) == .applied)
        // Later: games 0 to 49 again.
        _ = try world.database.connection.run(
            """
            UPDATE game_totals SET updated_at = now() - interval '1 hour';
            UPDATE game_totals SET updated_at = now()
            WHERE substr(game_id, 6)::int < 50
            """
        )
        #expect(try world.round().retired == 105)
        #expect(try world.odds.gameCount() == 95)
        let kept = Set((0..<50).map { "game-\($0)" })
        #expect(try world.retired().isDisjoint(with: kept))
        #expect(try world.isExact())
        #expect(try world.rounds(4).allSatisfy { $0.rebuild == nil && $0.retired == 0 })

        // A rebuild decides anew, and fills the room there is.
        _ = try world.database.connection.run(
            "UPDATE game_totals SET updated_at = now() + interval '1 s' WHERE game_id = 'game-199'"
        )
        try world.odds.requestRebuild()
        #expect(try world.round().rebuild == .absent)
        #expect(try world.odds.gameCount() == 100)
        #expect(try !world.retired().contains("game-199"))
        #expect(try world.isExact())
    }
}
