import BetStore
import PostgresClient

/// `betctl migrate`
struct MigrateCommand: Command {
    static let name = "migrate"
    static let usage = """
        betctl migrate
            bring the tables up to date; one process at a time does it, others wait
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
        return .success
    }
}
