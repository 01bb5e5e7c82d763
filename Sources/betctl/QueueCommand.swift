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
        betctl queue republish
            put placed bets that are not stored back into the outbox, after a stream lost messages;
            those that are on their way end as duplicates
        """

    private enum Action: String {
        case revive
        case republish
    }

    private static let deadMax = 20

    private let action: Action?

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(arguments, wordsMax: 1)
        action = parsed.words.first.flatMap(Action.init(rawValue:))
        guard parsed.words.isEmpty || action != nil else {
            throw UsageError("'\(parsed.words[0])': revive, republish, or nothing, is wanted")
        }
    }

    func run(in session: Session) throws -> ExitStatus {
        let connection = try session.postgres()
        defer { connection.close() }
        switch action {
        case .revive:
            print("revived \(try JobQueue(connection).revive()) jobs")
        case .republish:
            let count = try LedgerStore(connection).returnUnstoredToOutbox()
            print("\(count) bets are in the outbox again")
        case nil:
            try show(JobQueue(connection), connection)
        }
        return .success
    }

    private func show(_ queue: JobQueue, _ connection: PostgresConnection) throws {
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
    }
}
