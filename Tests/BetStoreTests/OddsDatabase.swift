import BetStore
import Foundation
import PostgresClient
import RedisClient
import TestSupport
import Testing

/// A database of bets whose every sequence means something fixed, so that SQL and Swift agree on it
/// without a word: most are bets, each 17th a duplicate, each 23rd a reject.
final class OddsDatabase {
    let connection: PostgresConnection
    let games: Int64

    init(_ server: PostgresServer, url: String? = nil, games: Int64 = 40) throws {
        let place = try url ?? server.makeDatabase()
        var configuration = PostgresConfiguration(url: place)
        configuration.statementTimeoutMilliseconds = 120_000
        connection = try PostgresConnection(configuration)
        self.games = games
        if url == nil {
            for script in try Self.migrations() { _ = try connection.run(script) }
        }
    }

    /// The schema as the migrations make it.
    private static func migrations() throws -> [String] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let folder = root.appendingPathComponent("Sources/BetStore/Migrations")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        return try names.filter { $0.hasSuffix(".sql") }.sorted().map {
            try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
        }
    }

    private static let isBet = "s % 17 <> 0 AND s % 23 <> 0"

    /// Gives the sequences first, first + step ... up to last their outcomes, in one transaction.
    func store(epoch: Int64 = 1, _ range: ClosedRange<Int64>, step: Int64 = 1) throws {
        let series = "generate_series(\(range.lowerBound), \(range.upperBound), \(step)) s"
        let game = "'game-' || s % \(games)"
        let selection = "'s' || s % 3"
        let amount = "(s % 1000 + 1) * 1.23456789"
        _ = try connection.run(
            """
            BEGIN;
            INSERT INTO bets (id, game_id, bet_type, selection, amount, placed_at, pod_id,
                stream_epoch, stream_seq)
            SELECT gen_random_uuid(), \(game), 'spread', \(selection), \(amount), now(), 'p',
                \(epoch), s FROM \(series) WHERE \(Self.isBet);
            INSERT INTO duplicate_bets (stream_epoch, stream_seq, bet_id, pod_id)
            SELECT \(epoch), s, gen_random_uuid(), 'p' FROM \(series) WHERE s % 17 = 0;
            INSERT INTO rejected_bets (stream_epoch, stream_seq, published_at, reason, detail,
                subject, headers, body, pod_id)
            SELECT \(epoch), s, now(), 'malformed', '', 'bets', '[]', '', 'p'
            FROM \(series) WHERE s % 23 = 0 AND s % 17 <> 0;
            INSERT INTO game_totals AS t (game_id, selection, lane, bets, staked)
            SELECT \(game), \(selection), \(range.lowerBound % 4), count(*), sum(\(amount))
            FROM \(series) WHERE \(Self.isBet) GROUP BY 1, 2 ORDER BY 1, 2
            ON CONFLICT (game_id, selection, lane) DO UPDATE
            SET bets = t.bets + excluded.bets, staked = t.staked + excluded.staked;
            COMMIT
            """
        )
    }

    /// What `store` of the same sequences means to the odds.
    func delta(epoch: Int64 = 1, _ range: ClosedRange<Int64>, step: Int64 = 1) throws -> OddsDelta {
        var delta = OddsDelta(epoch: epoch)
        for sequence in stride(from: range.lowerBound, through: range.upperBound, by: Int(step)) {
            if sequence % 17 == 0 || sequence % 23 == 0 {
                try delta.add(sequenceWithoutBet: sequence)
            } else {
                try delta.add(
                    sequence: sequence,
                    game: "game-\(sequence % games)",
                    selection: "s\(sequence % 3)",
                    units: (sequence % 1000 + 1) * 123_456_789
                )
            }
        }
        return delta
    }

    /// The odds as the rows of `bets` say, added up by Postgres.
    func expected() throws -> [String: GameOdds] {
        let rows = try connection.query(
            "SELECT game_id, selection, count(*), sum(amount) FROM bets GROUP BY 1, 2"
        )
        var games: [String: GameOdds] = [:]
        for row in 0..<rows.rowCount {
            let game = try rows.string(row, 0)
            games[game, default: GameOdds()].updates += try rows.int64(row, 2)
            games[game, default: GameOdds()].pools[try rows.string(row, 1)] =
                try rows.numeric(row, 3)
        }
        return games
    }

    /// Whether the projection says exactly what the bets say, no key more and no key less.
    func isExact(_ odds: OddsProjection) throws -> Bool {
        let expected = try expected()
        guard try odds.total() == expected.values.reduce(0, { $0 + $1.updates }) else {
            return false
        }
        for (game, figures) in expected {
            guard try odds.read(game: game) == figures else { return false }
        }
        let keys = try odds.client.run("KEYS", "game:*").elements ?? []
        return keys.count == 2 * expected.count
    }
}
