import BetStore
import Foundation
import PostgresClient
import RedisClient
import TestSupport
import Testing

@Suite(.serialized) struct OddsMaintenanceTests {
    fileprivate struct World {
        let redis: RedisServer
        let postgres: PostgresServer
        let database: OddsDatabase
        let client: RedisClient
        let odds: OddsProjection
        let maintenance: OddsMaintenance

        init(games: Int64 = 40, comparedGamesMax: Int = 20_000) async throws {
            redis = try await RedisServer.start()
            postgres = try await PostgresServer.start(settings: ["synchronous_commit=off"])
            database = try OddsDatabase(postgres, games: games)
            client = try redis.client()
            odds = OddsProjection(client)
            maintenance = OddsMaintenance(odds, comparedGamesMax: comparedGamesMax)
        }

        @discardableResult func round() throws -> MaintenanceReport {
            try maintenance.round(connection: database.connection)
        }
    }

    @Test func `installs what Postgres has when Redis has nothing`() async throws {
        let world = try await World()
        #expect(try world.odds.apply(world.database.delta(1...5)) == .generationMismatch)
        #expect(try world.round().rebuild == .absent)
        #expect(try world.odds.total() == 0)
        try world.database.store(1...5000)
        // 5,001 ... 70,000 without each 7th: beyond the first gap.
        for offset in Int64(0)..<6 {
            try world.database.store((5002 + offset)...70_000, step: 7)
        }
        try world.database.store(epoch: 9, 1...100)
        try world.odds.requestRebuild()
        #expect(try world.odds.total() == nil)
        #expect(try world.odds.read(game: "game-1") == nil)
        #expect(try world.round().rebuild == .absent)
        #expect(try world.database.isExact(world.odds))
        #expect(try world.odds.apply(world.database.delta(4000...5000)) == .replayed(newCount: 0))
        try world.database.store(5001...70_000, step: 7)
        let late = try world.database.delta(5001...8000, step: 7)
        #expect(try world.odds.apply(late) == .applied)
        for _ in 0..<3 { #expect(try world.round().rebuild == nil) }
        #expect(try world.database.isExact(world.odds))
        #expect(try world.client.run("HGET", "odds:watermark", "1").int64 == 70_000)
        #expect(try world.client.run("HGET", "odds:watermark", "9").int64 == 100)
        #expect(try world.client.run("EXISTS", "odds:applied:1:0") == .integer(0))
    }

    @Test func `applies what Redis lacks and nothing twice`() async throws {
        let world = try await World()
        try world.round()
        try world.database.store(1...140_000, step: 2)
        #expect(try world.odds.apply(world.database.delta(1...2000, step: 2)) == .applied)
        #expect(try world.round().repaired == 0)
        let report = try world.round()
        #expect(report.repaired == 69_000 && report.isCaughtUp && report.rebuild == nil)
        #expect(try world.database.isExact(world.odds))
        try world.database.store(2...140_000, step: 2)
        var reports: [MaintenanceReport] = []
        let elapsed = try ContinuousClock().measure {
            for _ in 0..<2 { reports.append(try world.round()) }
        }
        #expect(reports.reduce(0) { $0 + $1.repaired } == 70_000)
        print("two rounds that repair 70,000 sequences: \(elapsed)")
        #expect(try world.database.isExact(world.odds))
        #expect(try world.client.run("HGET", "odds:watermark", "1").int64 == 140_000)
        #expect(try world.odds.apply(world.database.delta(1...4000)) == .replayed(newCount: 0))
        let quiet = try world.round()
        #expect(quiet.repaired == 0 && quiet.advanced == 0 && quiet.differences == 0)
        #expect(quiet.compared == 40)
    }

    @Test func `does not wait for a sequence that is lost for good`() async throws {
        let world = try await World()
        try world.round()
        try world.database.store(1...100)
        try world.database.store(102...9_000)
        for _ in 0..<3 { try world.round() }
        #expect(try world.client.run("HGET", "odds:watermark", "1").int64 == 100)
        let gaps = OutcomeGaps(epoch: 1, world.database.connection)
        #expect(try gaps.recordLost(101...101) == 1)
        let reports = try (0..<4).map { _ in try world.round() }
        #expect(reports.allSatisfy { $0.rebuild == nil && $0.differences == 0 })
        #expect(reports.map(\.advanced).reduce(0, +) == 8_900)
        #expect(try world.client.run("HGET", "odds:watermark", "1").int64 == 9_000)
        #expect(try world.database.isExact(world.odds))
        try world.odds.requestRebuild()
        #expect(try world.round().rebuild == .absent)
        #expect(try world.database.isExact(world.odds))
    }

    @Test func `rebuilds instead of applying a long backlog`() async throws {
        let world = try await World()
        try world.round()
        try world.database.store(1...260_000)
        let reports = try (0..<3).map { _ in try world.round() }
        #expect(reports.map(\.rebuild) == [nil, .backlog, nil])
        #expect(try world.database.isExact(world.odds))
    }

    private static let damages = [
        ["FLUSHALL"],
        ["DEL", "odds:generation"],
        ["DEL", "game:game-3:odds_updates"],
        ["DEL", "game:game-3:pool"],
        ["INCR", "game:game-3:odds_updates"],
        ["DECR", "game:game-3:odds_updates"],
        ["HINCRBY", "game:game-3:pool", "s1", "1"],
        ["HINCRBY", "game:game-3:pool", "s1|r", "-1"],
        ["HSET", "game:game-3:pool", "other", "1"],
        ["HSET", "game:game-3:pool", "s1", "x"],
        ["SET", "game:game-3:pool", "x"],
        ["SET", "game:game-3:odds_updates", "9223372036854775807"],
        ["DEL", "odds:total"],
        ["INCR", "odds:total"],
        ["DECR", "odds:total"],
        ["SET", "odds:watermark", "x"],
        ["HSET", "odds:watermark", "1", "x"],
        ["SETBIT", "odds:applied:1:0", "3005", "1"],
        ["DEL", "odds:applied:1:0"],
        ["LPUSH", "odds:applied:1:0", "x"],
    ]

    @Test func `mends what was damaged by hand within a few rounds`() async throws {
        let world = try await World()
        try world.database.store(1...3000)
        // A gap, so that there are bits beyond the watermark.
        try world.database.store(3010...20_000)
        for damage in Self.damages {
            try world.round()
            try world.round()
            try world.client.withConnection { redis throws(RedisError) in
                if damage[0] == "LPUSH" {
                    _ = try redis.command(["DEL", RedisArgument(damage[1])])
                }
                _ = try redis.command(damage.map { RedisArgument($0) })
            }
            let reports = try (0..<4).map { _ in try world.round() }
            #expect(reports.contains { $0.rebuild != nil }, "\(damage): \(reports)")
            #expect(reports.last?.rebuild == nil)
            #expect(try world.database.isExact(world.odds), "\(damage)")
        }
    }

    @Test func `compares many games in turn`() async throws {
        let world = try await World(games: 2500, comparedGamesMax: 1000)
        try world.database.store(1...5000)
        try world.round()
        var compared = 0
        for _ in 0..<3 { compared += try world.round().compared }
        #expect(compared == (try world.database.expected().count))
        try world.client.run("DEL", "game:game-999:odds_updates")
        let reports = try (0..<6).map { _ in try world.round() }
        #expect(reports.filter { $0.rebuild != nil }.count == 1)
        #expect(reports.flatMap(\.differingKeys) == ["game:game-999:odds_updates"])
        #expect(try world.database.isExact(world.odds))
    }

    @Test func `two rebuilds at once end in an exact projection`() async throws {
        let world = try await World(games: 3000)
        try world.database.store(1...20_000)
        let url = try world.url()
        let outcomes = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<3 {
                let odds = OddsProjection(try world.redis.client())
                let postgres = world.postgres
                group.addTask {
                    let database = try OddsDatabase(postgres, url: url)
                    do {
                        try OddsMaintenance(odds).rebuild(connection: database.connection)
                        return true
                    } catch OddsError.rebuildOvertaken {
                        return false
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.contains(true))
        #expect(try world.database.isExact(world.odds))
        #expect(try world.client.run("EXISTS", "odds:rebuild") == .integer(0))
    }

    @Test func `goes on after Redis was killed and came back`() async throws {
        let world = try await World()
        try world.database.store(1...4000)
        try world.round()
        try world.database.store(4001...6000)
        #expect(try world.odds.apply(world.database.delta(4001...5000)) == .applied)
        try await world.redis.process.stop(SIGKILL)
        try world.database.store(6001...8000)
        #expect(throws: OddsError.self) { try world.round() }
        #expect(throws: OddsError.self) {
            try world.odds.apply(world.database.delta(6001...7000))
        }
        try await world.redis.start()
        try await eventually { (try? world.round()) != nil }
        let reports = try (0..<2).map { _ in try world.round() }
        #expect(reports.allSatisfy { $0.rebuild == nil && $0.differences == 0 })
        #expect(try world.database.isExact(world.odds))
    }

    @Test func `under load, with losses and replays, it never cries wolf and ends exact`()
        async throws
    {
        let seed = UInt64.random(in: 0 ... .max)
        print("OddsMaintenance load seed: \(seed)")
        let world = try await World(games: 200)
        let url = try world.url()
        try world.round()
        let writers: Int64 = 2
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<writers {
                let odds = OddsProjection(try world.redis.client())
                let postgres = world.postgres
                group.addTask {
                    var random = SeededGenerator(seed: seed &+ UInt64(writer))
                    let database = try OddsDatabase(postgres, url: url, games: 200)
                    for batch in Int64(0)..<60 {
                        let first = batch * 1000 + writer + 1
                        let range = first...(first + 998)
                        try database.store(range, step: writers)
                        // Each eighth time the pod dies before it applies; sometimes it does twice.
                        guard random.next() % 8 > 0 else { continue }
                        let delta = try database.delta(range, step: writers)
                        _ = try odds.apply(delta)
                        if random.next() % 8 == 0 { _ = try odds.apply(delta) }
                        await Task.yield()
                    }
                }
            }
            for round in 0..<40 {
                let report = try world.round()
                #expect(report.differences == 0, "\(report)")
                if round == 20 {
                    try world.client.run("FLUSHALL")
                    #expect(try world.round().rebuild == .absent)
                }
            }
            try await group.waitForAll()
        }
        for _ in 0..<3 { #expect(try world.round().differences == 0) }
        #expect(try world.database.isExact(world.odds))
        #expect(try world.client.run("HGET", "odds:watermark", "1").int64 == 60_000)
    }

    /// `ODDS_REBUILD_BETS` says how many; the figures to quote are those of a release build.
    @Test func `many bets on a hundred thousand games are rebuilt within seconds`() async throws {
        let environment = ProcessInfo.processInfo.environment
        let bets = environment["ODDS_REBUILD_BETS"].flatMap(Int64.init) ?? 200_000
        let world = try await World(games: 100_000)
        for first in stride(from: Int64(2), to: bets, by: 200_000) {
            try world.database.store(first...min(bets, first + 199_999))
        }
        let clock = ContinuousClock()
        let beyond = try clock.measure { try world.round() }
        print("rebuild, \(bets) sequences beyond the watermark, 100,000 games: \(beyond)")
        try world.database.store(1...1)
        for _ in 0..<2 { try world.round() }
        let quiet = try clock.measure { try world.round() }
        print("a round that compares 20,000 games of 100,000: \(quiet)")
        for _ in 0..<4 { #expect(try world.round().differences == 0) }
        try world.client.run("FLUSHALL")
        let below = try clock.measure { try world.round() }
        print("rebuild, all below the watermark, 100,000 games: \(below)")
        let expected = try world.database.expected()
        #expect(try world.odds.total() == expected.values.reduce(0) { $0 + $1.updates })
        #expect(beyond < .seconds(30) && below < .seconds(30))
    }
}

extension OddsMaintenanceTests.World {
    /// The address of the world's database.
    fileprivate func url() throws -> String {
        let name = try database.connection.run("SELECT current_database()")[0].string(0, 0)
        return postgres.url(database: name)
    }
}
