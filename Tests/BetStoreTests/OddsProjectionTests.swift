import BetStore
import RedisClient
import TestSupport
import Testing

@Suite(.serialized) struct OddsProjectionTests {
    /// A projection that is in force, as a rebuild leaves it.
    private func start() async throws -> (RedisServer, RedisClient, OddsProjection) {
        let server = try await RedisServer.start()
        let client = try server.client()
        try client.run("SET", "odds:generation", "g1")
        try client.run("SET", "odds:total", "0")
        return (server, client, OddsProjection(client))
    }

    private func delta(
        epoch: Int64 = 1,
        _ sequences: some Sequence<Int64>,
        game: String = "g",
        units: Int64 = 1
    ) throws -> OddsDelta {
        var delta = OddsDelta(epoch: epoch)
        for sequence in sequences {
            try delta.add(sequence: sequence, game: game, selection: "x", units: units)
        }
        return delta
    }

    @Test func `writes the keys of the contract`() async throws {
        let (server, client, odds) = try await start()
        defer { _ = server }
        var delta = OddsDelta(epoch: 3)
        try delta.add(sequence: 1, game: "game_123", selection: "home", units: 1_050_000_000)
        try delta.add(sequence: 2, game: "game_123", selection: "away", units: 250_000_001)
        try delta.add(sequence: 65_536, game: "game_123", selection: "home", units: 50_000_000)
        try delta.add(sequenceWithoutBet: 65_537)
        #expect(try odds.apply(delta) == .applied)
        #expect(try client.run("GET", "game:game_123:odds_updates").int64 == 3)
        #expect(try client.run("HGET", "game:game_123:pool", "home").int64 == 11)
        #expect(try client.run("HGET", "game:game_123:pool", "home|r").int64 == 0)
        #expect(try client.run("HGET", "game:game_123:pool", "away").int64 == 2)
        #expect(try client.run("HGET", "game:game_123:pool", "away|r").int64 == 50_000_001)
        #expect(try client.run("GETBIT", "odds:applied:3:0", "1") == .integer(1))
        #expect(try client.run("BITCOUNT", "odds:applied:3:0") == .integer(2))
        #expect(try client.run("BITCOUNT", "odds:applied:3:1") == .integer(2))
        #expect(try odds.total() == 3)
        #expect(
            try odds.read(game: "game_123")
                == GameOdds(updates: 3, pools: ["home": 1_100_000_000, "away": 250_000_001])
        )
        #expect(try odds.read(game: "none") == GameOdds())
    }

    @Test func `a replay adds nothing and an overlap adds what is new`() async throws {
        let (server, _, odds) = try await start()
        defer { _ = server }
        #expect(try odds.apply(delta(1...100)) == .applied)
        #expect(try odds.apply(delta(1...100)) == .replayed(newCount: 0))
        #expect(try odds.apply(delta(51...150)) == .replayed(newCount: 50))
        #expect(try odds.apply(delta([200, 201, 200])) == .replayed(newCount: 2))
        #expect(try odds.read(game: "g")?.updates == 152)
        #expect(try odds.apply(delta(epoch: 2, 1...100)) == .applied)
        #expect(try odds.total() == 252)
    }

    @Test func `sequences at or below the watermark count as applied`() async throws {
        let (server, client, odds) = try await start()
        defer { _ = server }
        try client.run("HSET", "odds:watermark", "1", "70000")
        #expect(try odds.apply(delta(69_991...70_010)) == .replayed(newCount: 10))
        #expect(try odds.apply(delta(1...5)) == .replayed(newCount: 0))
        #expect(try odds.apply(delta(70_011...70_020)) == .applied)
        #expect(try odds.total() == 20)
    }

    @Test func `an absent or another generation changes nothing`() async throws {
        let (server, client, odds) = try await start()
        defer { _ = server }
        #expect(try odds.apply(delta(1...3)) == .applied)
        try client.run("SET", "odds:generation", "g2")
        #expect(try odds.apply(delta(4...6)) == .generationMismatch)
        #expect(try odds.total() == 3)
        #expect(try odds.apply(delta(4...6)) == .applied)
        try client.run("FLUSHALL")
        #expect(try odds.apply(delta(7...9)) == .generationMismatch)
        #expect(try odds.apply(delta(7...9)) == .generationMismatch)
        #expect(try client.run("DBSIZE") == .integer(0))
        #expect(try odds.total() == nil)
        #expect(try odds.read(game: "g") == nil)
    }

    @Test(arguments: [
        ["LPUSH", "game:g:odds_updates", "x"],
        ["SET", "game:g:odds_updates", "x"],
        ["SET", "game:g:odds_updates", "1000000000000000"],
        ["SET", "game:g:pool", "x"],
        ["HSET", "game:g:pool", "x", "-1"],
        ["HSET", "game:g:pool", "x", "1000000000000000"],
        ["HSET", "game:g:pool", "x|r", "100000000"],
        ["LPUSH", "odds:total", "x"],
        ["SET", "odds:total", "9223372036854775807"],
        ["SET", "odds:watermark", "x"],
        ["LPUSH", "odds:applied:1:1", "x"],
        ["LPUSH", "odds:generation", "x"],
    ])
    func `a key that cannot take its part leaves everything as it was`(damage: [String])
        async throws
    {
        let (server, client, odds) = try await start()
        defer { _ = server }
        #expect(try odds.apply(delta([1])) == .applied)
        try client.withConnection { redis throws(RedisError) in
            _ = try redis.command(["DEL", RedisArgument(damage[1])])
            _ = try redis.command(damage.map { RedisArgument($0) })
        }
        var touching = try delta(65_530...65_545)
        try touching.add(sequence: 65_600, game: "a", selection: "x", units: 1)
        let before = try client.contents()
        for delta in [touching, try delta([65_540, 65_540])] {
            let error = #expect(throws: OddsError.self) { try odds.apply(delta) }
            #expect(error?.description.contains(damage[1]) == true, "\(String(describing: error))")
        }
        #expect(try client.contents() == before)
    }

    private struct Bet {
        let game: String
        /// Nil for a reject.
        let selection: String?
        let units: Int64

        func add(to delta: inout OddsDelta, sequence: Int64) throws(OddsError) {
            guard let selection else { return try delta.add(sequenceWithoutBet: sequence) }
            try delta.add(sequence: sequence, game: game, selection: selection, units: units)
        }
    }

    @Test func `any order, overlap and company of batches gives the exact sums`() async throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("OddsProjection order seed: \(seed)")
        var random = SeededGenerator(seed: seed)
        let (server, client, odds) = try await start()
        defer { _ = server }
        var model = OddsModel()
        // What a sequence means never changes, however often it is applied.
        let bets: [Bet] = (0..<4000).map { _ in
            Bet(
                game: "g\(random.next() % 30)",
                selection: random.next() % 4 == 0 ? nil : "s\(random.next() % 3)",
                units: Int64.random(in: 1...1_000_000_000_000, using: &random)
            )
        }
        for _ in 0..<150 {
            let from = Int.random(in: 0..<bets.count, using: &random)
            let count = Int.random(in: 1...120, using: &random)
            let step = Int.random(in: 1...40, using: &random)
            let to = min(bets.count, from + count * step)
            let chosen = Array(stride(from: from, to: to, by: step)).shuffled(using: &random)
            var delta = OddsDelta(epoch: 1)
            for index in chosen { try bets[index].add(to: &delta, sequence: Int64(index) * 50 + 1) }
            let new = model.apply(delta)
            let outcome = try odds.apply(delta)
            #expect(outcome == (new == delta.count ? .applied : .replayed(newCount: new)))
        }
        #expect(try odds.total() == model.total)
        for (game, expected) in model.games {
            #expect(try odds.read(game: game) == expected)
        }
        #expect(try client.bitCount() == model.applied.count)
    }

    @Test func `two appliers at once count each sequence once`() async throws {
        let (server, _, _) = try await start()
        let starts: [Int64] = (0..<60).map { $0 * 50 + 1 }
        let all: [OddsDelta] = try starts.map { try delta($0...($0 + 99), units: 3) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for turn in 0..<2 {
                let odds = OddsProjection(try server.client())
                group.addTask {
                    for delta in turn == 0 ? all : all.reversed() { _ = try odds.apply(delta) }
                }
            }
            try await group.waitForAll()
        }
        let odds = OddsProjection(try server.client())
        #expect(try odds.read(game: "g") == GameOdds(updates: 3050, pools: ["x": 9150]))
    }

    @Test func `stakes up to the largest add up exactly`() async throws {
        let (server, _, odds) = try await start()
        defer { _ = server }
        #expect(try odds.apply(delta(1...1000, units: .max)) == .applied)
        #expect(try odds.apply(delta(501...1500, units: .max)) == .replayed(newCount: 500))
        #expect(try odds.read(game: "g")?.pools == ["x": 1500 * Int128(Int64.max)])
    }

    /// How often a batch is timed: another process may have had the machine meanwhile.
    private static let attempts: Int64 = 5

    @Test func `a batch costs Redis little`() async throws {
        let (server, client, odds) = try await start()
        defer { _ = server }
        for games in [10, 4000] {
            for interleave in [Int64(1), 6] {
                let costs = try (0..<Self.attempts).map { attempt in
                    let epoch = (Int64(games) * 10 + interleave) * Self.attempts + attempt
                    return try cost(epoch, games, interleave, client, odds)
                }
                let least = costs.min() ?? .max
                print(
                    "4,000 sequences, \(games) games, 1 of \(interleave) pods: \(least) µs in Redis"
                )
                #expect(least < 100_000)
            }
        }
    }

    /// Microseconds that Redis needs for the last of `interleave` batches of 4,000 sequences, which
    /// lie between each other's.
    private func cost(
        _ epoch: Int64,
        _ games: Int,
        _ interleave: Int64,
        _ client: RedisClient,
        _ odds: OddsProjection
    ) throws -> Int64 {
        var delta = OddsDelta(epoch: epoch)
        try client.run("CONFIG", "SET", "slowlog-log-slower-than", "0")
        for other in 0..<interleave {
            delta.reset(epoch: delta.epoch)
            for index in 0..<Int64(4000) {
                try delta.add(
                    sequence: index * interleave + other + 1,
                    game: "game-\(Int(index) % games)",
                    selection: index % 3 == 0 ? "home" : "away",
                    units: 1_234_567_891
                )
            }
            try client.run("SLOWLOG", "RESET")
            #expect(try odds.apply(delta) == .applied)
        }
        try client.run("CONFIG", "SET", "slowlog-log-slower-than", "-1")
        let entries = try client.run("SLOWLOG", "GET", "10").elements ?? []
        return entries.compactMap { $0.elements?[2].int64 }.max() ?? .max
    }
}

extension RedisClient {
    /// All keys with their serialized values.
    fileprivate func contents() throws -> [String: RedisValue] {
        let keys = try run("KEYS", "*").elements ?? []
        return try Dictionary(
            uniqueKeysWithValues: keys.map { ($0.text ?? "", try run("DUMP", $0.text ?? "")) }
        )
    }

    fileprivate func bitCount() throws -> Int {
        let keys = try run("KEYS", "odds:applied:*").elements ?? []
        return try keys.reduce(0) { try $0 + Int(run("BITCOUNT", $1.text ?? "").int64 ?? 0) }
    }
}
