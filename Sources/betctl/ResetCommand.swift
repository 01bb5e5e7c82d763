import BetStore
import JetStream
import PostgresClient
import RedisClient
import Topology

/// `betctl reset`
struct ResetCommand: Command {
    static let name = "reset"
    static let usage = """
        betctl reset [--yes] [--force] [--money]
            delete every bet, total and counter and make the streams anew, which begins a new
            epoch. Asks unless --yes; refuses while backends are in the group unless --force.
            Where there is money, --money deletes wallets, ledger, placed bets and rounds, too: only
            with Postgres on this machine
        """

    /// Every table of the engine but `MoneyTables` and the list of migrations.
    static let tables = [
        "bets", "duplicate_bets", "rejected_bets", "ingest_totals", "ingest_rejections",
        "game_totals", "poison_attempts", "stream_epochs", "outcome_blocks", "lost_sequences",
        "retired_games",
    ]
    /// Patterns of the projection's keys; the generation goes with them, and first.
    static let keyPatterns = ["odds:*", "game:*:odds_updates", "game:*:pool"]

    /// A backend that was at work when the streams went may commit its last batch after the first
    /// round.
    private static let roundsMax = 10

    private let asks: Bool
    private let forces: Bool
    private let deletesMoney: Bool

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(arguments, flags: ["--yes", "--force", "--money"])
        asks = !parsed.has("--yes")
        forces = parsed.has("--force")
        deletesMoney = parsed.has("--money")
    }

    func run(in session: Session) throws -> ExitStatus {
        let topology = Topology(try TopologySettings(session.environment))
        let (connection, manager) = try session.nats()
        defer { connection.close() }
        let postgres = try session.postgres()
        defer { postgres.close() }
        let redis = try session.redis()
        let before = try topology.inspect(manager)
        guard forces || before.consumer?.isPushBound != true else {
            throw CommandFailure(
                "backends are in the group \(Topology.group): stop them first, or --force"
            )
        }
        guard try deletesMoney || MoneyTables.isEmpty(postgres) else {
            throw CommandFailure(
                "there is money: placed bets would lose their messages. --money deletes it, too"
            )
        }
        let question = "This deletes every bet, total, counter and message for good."
        guard !asks || Confirmation.given(question, word: Self.name) else {
            throw CommandFailure("nothing was changed")
        }
        if deletesMoney { try MoneyTables.empty(postgres) }
        try topology.recreate(manager)
        try empty(postgres, redis)
        let epoch = try manager.streamInfo(Topology.betsStream)?.createdNanoseconds ?? 0
        try EpochRegistry.register(epoch, on: postgres)
        print("everything is empty; \(Topology.betsStream) has the new epoch \(epoch)")
        return .success
    }

    private func empty(_ postgres: PostgresConnection, _ redis: RedisConnection) throws {
        for _ in 1...Self.roundsMax {
            _ = try postgres.run("TRUNCATE " + Self.tables.joined(separator: ", "))
            for pattern in Self.keyPatterns { try deleteKeys(like: pattern, redis) }
            if try isEmpty(postgres) { return }
        }
        throw CommandFailure("backends go on writing: stop them and reset again")
    }

    private func isEmpty(_ postgres: PostgresConnection) throws -> Bool {
        let exists = Self.tables.map { "EXISTS (SELECT FROM \($0))" }.joined(separator: " OR ")
        let results = try postgres.run("SELECT \(exists)")
        guard let row = results.first else { return true }
        return try !row.bool(0, 0)
    }

    private func deleteKeys(like pattern: String, _ redis: RedisConnection) throws {
        try redis.scan(pattern) { keys in
            _ = try redis.command(["UNLINK"] + keys.map { RedisArgument($0) })
        }
    }
}
