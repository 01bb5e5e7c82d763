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
        """

    private enum Verb {
        case show(game: String)
        case rebuild
    }

    private static let millionthsPerPercent = 10_000.0
    private static let columnWidth = 20

    private let verb: Verb

    init(_ arguments: [String]) throws(UsageError) {
        let words = try Arguments(arguments, wordsMax: 2).words
        switch (words.first, words.count) {
        case ("show", 2):
            guard Identifier(words[1]) != nil else {
                throw UsageError("'\(words[1])' cannot be the name of a game")
            }
            verb = .show(game: words[1])
        case ("rebuild", 1): verb = .rebuild
        default: throw UsageError("show GAME or rebuild is wanted")
        }
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
            try OddsMaintenance(projection).rebuild(connection: connection)
            let total = try projection.total() ?? 0
            let milliseconds = Int(start.duration(to: .now) / .milliseconds(1))
            print("rebuilt from Postgres: \(total) bets, \(milliseconds) ms")
        }
        return .success
    }

    static func table(_ game: String, _ odds: GameOdds) -> String {
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
