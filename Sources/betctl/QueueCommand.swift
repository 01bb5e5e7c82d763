import Jobs
import Ledger
import LedgerStore
import PostgresClient

/// `betctl queue`
struct QueueCommand: Command {
    static let name = "queue"
    static let usage = """
        betctl queue
            jobs by kind and state, the outbox, and why the newest dead jobs died
        betctl queue revive
            have dead jobs tried again from the start
        """

    private static let deadMax = 20

    private let revives: Bool

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(arguments, wordsMax: 1)
        guard parsed.words.isEmpty || parsed.words == ["revive"] else {
            throw UsageError("'\(parsed.words[0])': revive, or nothing, is wanted")
        }
        revives = !parsed.words.isEmpty
    }

    func run(in session: Session) throws -> ExitStatus {
        let connection = try session.postgres()
        defer { connection.close() }
        let queue = JobQueue(connection)
        if revives {
            print("revived \(try queue.revive()) jobs")
            return .success
        }
        print(
            TextTable.lines(
                [["kind", "ready", "leased", "dead", "oldest"]]
                    + (try queue.figures()).map {
                        [
                            $0.kind.rawValue, "\($0.ready)", "\($0.leased)", "\($0.dead)",
                            "\(Int($0.oldestSeconds)) s",
                        ]
                    }
            )
        )
        let backlog = try LedgerStore(connection).backlog()
        print(
            "\noutbox: \(backlog.outboxCount) bets, oldest \(Int(backlog.outboxOldestSeconds)) s"
        )
        let dead = try queue.dead(limit: Self.deadMax)
        if !dead.isEmpty {
            print("")
            print(
                TextTable.lines(
                    [["dead job", "round", "attempts", "why"]]
                        + dead.map { [$0.key, "\($0.round)", "\($0.attempts)", $0.reason] }
                )
            )
        }
        return .success
    }
}
