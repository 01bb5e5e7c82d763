import BetStore
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized)
struct MigratorTests {
    private static let server = Task { try await PostgresServer.start() }

    private func emptyDatabase() async throws -> PostgresConfiguration {
        PostgresConfiguration(url: try await Self.server.value.makeDatabase())
    }

    @Test
    func `an empty database lacks every step, and none after migrating`() async throws {
        let connection = try PostgresConnection(await emptyDatabase())
        #expect(try Migrator.missing(connection).map(\.version) == Migration.all.map(\.version))
        #expect(try Migrator.migrate(connection).map(\.version) == Migration.all.map(\.version))
        #expect(try Migrator.missing(connection).isEmpty)
        #expect(connection.transactionStatus == .idle)
    }

    @Test
    func `steps are numbered from 1 without a gap`() {
        #expect(Migration.all.map(\.version) == Array(1...Migration.all.count))
    }

    @Test
    func `migrating again changes nothing`() async throws {
        let connection = try PostgresConnection(await emptyDatabase())
        _ = try Migrator.migrate(connection)
        #expect(try Migrator.migrate(connection).isEmpty)
        let steps = try connection.query("SELECT count(*) FROM schema_migrations").int64(0, 0)
        #expect(Int(steps) == Migration.all.count)
    }

    @Test
    func `of many that migrate at once, one does it and the others find it done`() async throws {
        let configuration = try await emptyDatabase()
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try await onThread {
                        try Migrator.migrate(PostgresConnection(configuration)).count
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(applied.sorted() == [0, 0, 0, Migration.all.count])
    }

    @Test(arguments: [(deadlocks: 3, isApplied: true), (deadlocks: 100, isApplied: false)])
    func `a step that meets running pods in a deadlock is tried again, and given up in the end`(
        deadlocks: Int,
        isApplied: Bool
    ) async throws {
        let connection = try PostgresConnection(await emptyDatabase())
        // What a sequence gave away stays away when its transaction is undone.
        _ = try connection.run("CREATE SEQUENCE attempts")
        let step = Migration(
            version: 1,
            name: "crowded",
            sql: """
                DO $$ BEGIN
                    IF nextval('attempts') <= \(deadlocks) THEN
                        RAISE EXCEPTION 'deadlock detected' USING ERRCODE = '40P01';
                    END IF;
                END $$
                """
        )
        if isApplied {
            #expect(try Migrator.migrate(connection, steps: [step]).count == 1)
        } else {
            let error = #expect(throws: PostgresError.self) {
                try Migrator.migrate(connection, steps: [step])
            }
            #expect(error?.sqlState == "40P01")
        }
        let steps = try connection.query("SELECT count(*) FROM schema_migrations").int64(0, 0)
        #expect(steps == (isApplied ? 1 : 0))
        #expect(connection.transactionStatus == .idle)
    }

    @Test
    func `a step that was edited after it was applied is refused`() async throws {
        let connection = try PostgresConnection(await emptyDatabase())
        _ = try Migrator.migrate(connection)
        _ = try connection.run("UPDATE schema_migrations SET checksum = checksum + 1")
        let error = #expect(throws: PostgresError.self) { try Migrator.migrate(connection) }
        #expect(error?.kind == .stop)
        #expect(error.map { "\($0)" }?.contains("migration 1 (bets)") == true)
        let locks = try connection.query(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        )
        #expect(try locks.int64(0, 0) == 0)
    }

    @Test
    func `a step that fails leaves nothing of it, and the lock is free`() async throws {
        let configuration = try await emptyDatabase()
        let connection = try PostgresConnection(configuration)
        _ = try connection.run("CREATE TABLE game_totals (x int)")
        #expect(throws: PostgresError.self) { try Migrator.migrate(connection) }
        #expect(connection.transactionStatus == .idle)
        #expect(try Migrator.missing(connection).count == Migration.all.count)
        let tables = try connection.query("SELECT to_regclass('bets') IS NULL")
        #expect(try tables.bool(0, 0))
        let other = try PostgresConnection(configuration)
        _ = try other.run("DROP TABLE game_totals")
        #expect(try Migrator.migrate(other).count == Migration.all.count)
    }

    @Test
    func `a database of a later release serves this program, and says what is new`() async throws {
        let connection = try PostgresConnection(await emptyDatabase())
        let last = Migration.all.count
        let later = [
            Migration(version: last + 1, name: "later", sql: "CREATE TABLE later (x int)"),
            Migration(version: last + 2, name: "latest", sql: "CREATE TABLE latest (x int)"),
        ]
        _ = try Migrator.migrate(connection, steps: Migration.all + later)
        #expect(try Migrator.missing(connection).isEmpty)
        #expect(try Migrator.beyond(connection) == ["\(last + 1) (later)", "\(last + 2) (latest)"])
        // An older betctl leaves it as it is.
        #expect(try Migrator.migrate(connection).isEmpty)
        #expect(try Migrator.beyond(connection).count == later.count)
    }

    @Test
    func `a database of an earlier release lacks the newest step alone`() async throws {
        let connection = try PostgresConnection(await emptyDatabase())
        _ = try Migrator.migrate(connection, steps: Migration.all.dropLast())
        #expect(try Migrator.missing(connection).map(\.version) == [Migration.all.count])
        #expect(try Migrator.beyond(connection).isEmpty)
    }
}
