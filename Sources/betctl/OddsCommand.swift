import BetStore
import Betting
import PostgresClient
import RedisClient
import ServiceKit

/// `betctl odds`
struct OddsCommand: Command {
    static let name = "odds"
    static let usage = """
        betctl odds show GAME
            a game's counter, pool and implied odds, as Redis has them
        betctl odds rebuild
            replace all counters by what Postgres says now; betting goes on
        betctl odds retire [GAME...] [--before 2026-01-31T00:00:00Z]
            take the counters of games away: those named, and those last bet on before a time.
            Their bets are stored and totalled as ever
        betctl odds restore GAME...
            give counters back to games that were retired
        """

    private enum Verb {
        case show(game: String)
        case rebuild
        case retire(games: [String], before: Timestamp?)
        case restore(games: [String])
    }

    private static let millionthsPerPercent = 10_000.0
    private static let columnWidth = 20
    /// Attempts of a rebuild that others overtake.
    private static let rebuildsMax = 5

    private let verb: Verb

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(arguments, options: ["--before"], wordsMax: .max)
        let games = Array(parsed.words.dropFirst())
        for game in games where Identifier(game) == nil {
            throw UsageError("'\(game)' cannot be the name of a game")
        }
        let before = parsed.value("--before")
        switch (parsed.words.first, games.count) {
        case ("show", 1) where before == nil: verb = .show(game: games[0])
        case ("rebuild", 0) where before == nil: verb = .rebuild
        case ("restore", 1...) where before == nil: verb = .restore(games: games)
        case ("retire", _) where before != nil || !games.isEmpty:
            verb = .retire(games: games, before: try before.map(Self.time))
        default: throw UsageError("show GAME, rebuild, retire or restore GAME... is wanted")
        }
    }

    private static func time(_ text: String) throws(UsageError) -> Timestamp {
        guard let time = Timestamp(text) else {
            throw UsageError("--before \(text): a time such as 2026-01-31T00:00:00Z is wanted")
        }
        return time
    }

    func run(in session: Session) throws -> ExitStatus {
        let projection = OddsProjection(RedisClient(try session.redisConfiguration()))
        switch verb {
        case .show(let game):
            guard let odds = try projection.read(game: game) else {
                throw CommandFailure("the odds are being rebuilt; try again")
            }
            print(Self.table(game, odds))
        case .rebuild:
            let connection = try session.postgres()
            defer { connection.close() }
            let start = ContinuousClock.now
            let gamesMax = try session.environment.integer(
                "GAMES_MAX",
                default: OddsMaintenance.defaultGamesMax,
                in: 1...10_000_000
            )
            try rebuild(OddsMaintenance(projection, gamesMax: gamesMax), connection)
            let total = try projection.total() ?? 0
            let milliseconds = Int(start.duration(to: .now) / .milliseconds(1))
            print("rebuilt from Postgres: \(total) bets, \(milliseconds) ms")
        case .retire(let games, let before):
            let connection = try session.postgres()
            defer { connection.close() }
            let retirement = OddsRetirement(projection, connection)
            var count = games.isEmpty ? 0 : try retirement.retire(games)
            if let before { count += try retirement.retire(lastBetBefore: before.microseconds) }
            print("retired \(count) games")
        case .restore(let games):
            let connection = try session.postgres()
            defer { connection.close() }
            let count = try OddsRetirement(projection, connection).restore(games)
            print("restored \(count) games; their counters are back with the next rebuild")
        }
        return .success
    }

    /// A backend may be at the same at this moment, and of two rebuilds only one ends.
    private func rebuild(
        _ maintenance: OddsMaintenance,
        _ connection: PostgresConnection
    ) throws(OddsError) {
        for attempt in 1...Self.rebuildsMax {
            do throws(OddsError) {
                return try maintenance.rebuild(connection: connection)
            } catch {
                guard case .rebuildOvertaken = error, attempt < Self.rebuildsMax else {
                    throw error
                }
            }
        }
    }

    static func table(_ game: String, _ odds: GameOdds) -> String {
        if odds.isRetired { return "\(game): retired, without counters" }
        let offered = odds.odds()
        let width = max(Self.columnWidth, odds.pools.keys.map { $0.count + 2 }.max() ?? 0)
        var lines = ["\(game): \(odds.updates) bets"]
        for (selection, units) in odds.pools.sorted(by: { $0.key < $1.key }) {
            var line = "  " + selection.padded(to: width)
            line += MoneySum(units: units).description.padded(to: Self.columnWidth)
            if let odd = offered[selection] {
                line += "\(Double(odd.probabilityMillionths) / Self.millionthsPerPercent) %  "
                line += "\(Double(odd.decimalThousandths) / 1_000)"
            }
            lines.append(line)
        }
        return lines.joined(separator: "\n")
    }
}
