import FaultPoints
import PostgresClient
import RedisClient

/// Replaces the whole projection by what one snapshot of Postgres says.
///
/// The generation goes first and comes back last: until then nothing is applied and readers see
/// that there is nothing. A crash on the way leaves it absent, which means another rebuild. Each
/// step names the token of this rebuild, so that one that was overtaken cannot write any more.
struct OddsRebuild {
    private let projection: OddsProjection
    private let outcomes: OddsOutcomes
    private let token: [UInt8]
    private var total: Int64 = 0
    private var gameCount: Int64 = 0

    /// What goes into one call, so that no call holds Redis for long.
    private static let rowsMax = 1000
    private static let keysMax = 1000
    private static let sequencesMax = 50_000
    /// The first FETCH may have to sort millions of sequences.
    private static let statementTimeoutMilliseconds = 60_000

    init(_ projection: OddsProjection, _ outcomes: OddsOutcomes) {
        self.projection = projection
        self.outcomes = outcomes
        let words = (0..<2).map { _ in String(UInt64.random(in: 0 ... .max), radix: 16) }
        token = Array(words.joined(separator: "-").utf8)
    }

    /// - Throws: `rebuildOvertaken`, `redis`, `postgres`; the projection is then absent.
    mutating func run() throws(OddsError) {
        let begun = try projection.pipeline([
            ["MULTI"], ["SET", .text(OddsKeys.rebuild), .bytes(token)],
            ["DEL", .text(OddsKeys.generation)], ["EXEC"],
        ])
        for reply in begun {
            if let error = reply.serverError { throw .redis(error) }
        }
        projection.forgetGeneration()
        try removeOldKeys()
        let connection = outcomes.connection
        let responseTimeout = connection.responseTimeoutMilliseconds
        connection.responseTimeoutMilliseconds = Self.statementTimeoutMilliseconds + 2_000
        defer {
            connection.rollBack()
            connection.responseTimeoutMilliseconds = responseTimeout
        }
        _ = try outcomes.run(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"
                + " SET LOCAL statement_timeout = \(Self.statementTimeoutMilliseconds)"
        )
        try installGames()
        try installRetired()
        for epoch in try outcomes.epochs() { try installApplied(epoch) }
        try step("finish", [.integer(total), .bytes(token), .integer(gameCount)])
    }

    private func step(_ verb: RedisArgument, _ arguments: [RedisArgument]) throws(OddsError) {
        let reply = try projection.evaluate(
            OddsScripts.install,
            [.bytes(token), verb] + arguments
        )
        guard reply == .integer(1) else { throw .rebuildOvertaken }
    }

    private func removeOldKeys() throws(OddsError) {
        var cursor: [UInt8] = Array("0".utf8)
        repeat {
            let reply = try projection.command([
                "SCAN", .bytes(cursor), "COUNT", RedisArgument(Self.keysMax),
            ])
            guard let parts = reply.elements, parts.count == 2, case .string(let next) = parts[0],
                let keys = parts[1].elements
            else { throw .redis(.unexpectedReply("SCAN gave \(reply.kind)")) }
            let old: [RedisArgument] = keys.compactMap { key in
                guard case .string(let name) = key, OddsKeys.belongsToProjection(name) else {
                    return nil
                }
                return .bytes(name)
            }
            if !old.isEmpty { try step("remove", old) }
            cursor = next
        } while cursor != Array("0".utf8)
    }

    private mutating func installGames() throws(OddsError) {
        FaultPoint.rebuildBegun.reach()
        _ = try outcomes.run(
            """
            DECLARE odds_totals NO SCROLL CURSOR FOR
            SELECT t.game_id, t.selection, sum(t.bets)::bigint, sum(t.staked),
                r.game_id IS NOT NULL
            FROM game_totals t LEFT JOIN retired_games r ON r.game_id = t.game_id
            GROUP BY t.game_id, t.selection, r.game_id ORDER BY t.game_id, t.selection
            """
        )
        /// A game's rows follow each other, but its counter is known only at the last of them.
        var game: [OddsOutcomes.Total] = []
        var lines = OddsLines()
        var lineCount = 0
        while let result = try outcomes.run("FETCH \(Self.rowsMax) FROM odds_totals"),
            result.rowCount > 0
        {
            for row in try OddsOutcomes.rows(result, OddsOutcomes.Total.init) {
                if row.isRetired {
                    total += row.bets
                    continue
                }
                if let first = game.first, first.game != row.game {
                    lineCount += try append(game, to: &lines)
                    game.removeAll(keepingCapacity: true)
                    if lineCount >= Self.rowsMax {
                        try step("games", [.bytes(lines.bytes)])
                        lines.removeAll()
                        lineCount = 0
                    }
                }
                game.append(row)
            }
        }
        lineCount += try append(game, to: &lines)
        if lineCount > 0 { try step("games", [.bytes(lines.bytes)]) }
    }

    private mutating func append(
        _ game: [OddsOutcomes.Total],
        to lines: inout OddsLines
    ) throws(OddsError) -> Int {
        guard let name = game.first?.game else { return 0 }
        guard OddsKeys.isName(name) else { throw .badName }
        let bets = game.reduce(0) { $0 + $1.bets }
        total += bets
        gameCount += 1
        lines.append(name)
        lines.append(bets)
        lines.endLine()
        for row in game {
            guard OddsKeys.isName(row.selection) else { throw .badName }
            let wholes = row.units / OddsKeys.unitsPerWhole
            guard row.units >= 0, wholes <= Int128(Int64.max) else { throw .outOfRange }
            lines.append("=" + row.selection)
            lines.append(units: row.units)
            lines.endLine()
        }
        return game.count + 1
    }

    private func installRetired() throws(OddsError) {
        _ = try outcomes.run(
            "DECLARE odds_retired NO SCROLL CURSOR FOR SELECT game_id FROM retired_games"
        )
        while let result = try outcomes.run("FETCH \(Self.rowsMax) FROM odds_retired"),
            result.rowCount > 0
        {
            let games = try OddsOutcomes.rows(result) { (rows, row) throws(PostgresError) in
                try rows.string(row, 0)
            }
            try step("retired", games.map { .text($0) })
        }
    }

    /// The watermark, and the sequences beyond it that have outcomes all the same.
    private func installApplied(_ epoch: OddsOutcomes.Epoch) throws(OddsError) {
        try step("watermark", [.integer(epoch.epoch), .integer(epoch.through)])
        let condition = "WHERE stream_epoch = \(epoch.epoch) AND stream_seq > \(epoch.through)"
        _ = try outcomes.run(
            """
            DECLARE odds_applied NO SCROLL CURSOR FOR
            SELECT stream_seq FROM bets \(condition)
            UNION ALL SELECT stream_seq FROM duplicate_bets \(condition)
            UNION ALL SELECT stream_seq FROM rejected_bets \(condition)
            UNION ALL SELECT stream_seq FROM lost_sequences \(condition)
            ORDER BY 1
            """
        )
        var segment: Int64 = -1
        var bits: [UInt8] = []
        while let result = try outcomes.run("FETCH \(Self.sequencesMax) FROM odds_applied"),
            result.rowCount > 0
        {
            let sequences = try OddsOutcomes.rows(result) { (rows, row) throws(PostgresError) in
                try rows.int64(row, 0)
            }
            for sequence in sequences {
                if sequence / OddsKeys.segmentSize != segment {
                    try install(bits, epoch: epoch.epoch, segment: segment)
                    segment = sequence / OddsKeys.segmentSize
                    bits.removeAll(keepingCapacity: true)
                }
                let byte = Int(sequence % OddsKeys.segmentSize / 8)
                while bits.count <= byte { bits.append(0) }
                bits[byte] |= 0x80 >> UInt8(sequence % 8)
            }
        }
        try install(bits, epoch: epoch.epoch, segment: segment)
        _ = try outcomes.run("CLOSE odds_applied")
    }

    private func install(_ bits: [UInt8], epoch: Int64, segment: Int64) throws(OddsError) {
        guard !bits.isEmpty else { return }
        let key = OddsKeys.applied(epoch: epoch, segment: segment)
        try step("applied", [.text(key), .bytes(bits)])
    }
}
