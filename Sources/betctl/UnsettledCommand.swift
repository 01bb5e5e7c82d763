import Betting
import Ledger
import LedgerStore
import PostgresClient

/// `betctl unsettled`
struct UnsettledCommand: Command {
    static let name = "unsettled"
    static let usage = """
        betctl unsettled [--limit 100]
            rounds in which something is open, matched or not paid yet
        """

    private static let defaultLimit = 100

    private let limit: Int

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(arguments, options: ["--limit"])
        limit = try parsed.integer("--limit", in: 1...1_000_000) ?? Self.defaultLimit
    }

    func run(in session: Session) throws -> ExitStatus {
        let connection = try session.postgres()
        defer { connection.close() }
        let rounds = try LedgerStore(connection).unsettledRounds(limit: limit)
        let head = ["round", "state", "result", "open bets", "open", "open matches", "matched"]
        print(
            TextTable.lines(
                [head]
                    + rounds.map { unsettled in
                        [
                            "\(unsettled.round.id)", unsettled.round.state.rawValue,
                            unsettled.round.result?.rawValue ?? "-",
                            "\(unsettled.openBetCount)", "\(unsettled.openStakes)",
                            "\(unsettled.openMatchCount)", "\(unsettled.matchedStakes)",
                        ]
                    }
            )
        )
        return .success
    }
}
