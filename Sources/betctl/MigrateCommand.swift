import BetStore
import PostgresClient
import ServiceKit

/// `betctl migrate`
struct MigrateCommand: Command {
    static let name = "migrate"
    static let usage = """
        betctl migrate
            bring the tables up to date; one process at a time does it, others wait. Says when
            Postgres has too few connections for BACKENDS_MAX backends
        """

    init(_ arguments: [String]) throws(UsageError) {
        _ = try Arguments(arguments)
    }

    func run(in session: Session) throws -> ExitStatus {
        let connection = try session.postgres()
        defer { connection.close() }
        let applied = try Migrator.migrate(connection)
        for migration in applied { print("applied \(migration.version) \(migration.name)") }
        if applied.isEmpty { print("the tables are up to date") }
        let beyond = try Migrator.beyond(connection)
        if !beyond.isEmpty {
            let steps = beyond.joined(separator: ", ")
            print("they are newer than this betctl: migration \(steps)")
        }
        let backendsMax = try session.environment.integer(
            "BACKENDS_MAX",
            default: ConnectionBudget.backendsMaxDefault,
            in: 1...10_000
        )
        let budget = ConnectionBudget(
            try ConnectionLimits.read(from: connection),
            backendsMax: backendsMax
        )
        if let shortage = budget.shortage { print("warning: \(shortage)") }
        return .success
    }
}
