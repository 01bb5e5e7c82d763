import PostgresClient
import TestSupport
import Testing

@Suite(.serialized)
struct TransactionTests {
    private struct Refusal: Error {}

    @Test func `a transaction commits what its body did and undoes what it threw on`() async throws
    {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8)")
        let inserted = try connection.transaction { connection in
            try connection.query("INSERT INTO t VALUES ($1), ($2)", [.int64(1), .int64(2)])
                .affectedRows
        }
        #expect(inserted == 2)
        #expect(throws: Refusal.self) {
            try connection.transaction { connection in
                _ = try connection.run("INSERT INTO t VALUES (3)")
                throw Refusal()
            }
        }
        #expect(connection.transactionStatus == .idle)
        #expect(try connection.run("SELECT count(*) FROM t")[0].int64(0, 0) == 2)
    }

    @Test func `a swallowed error does not pass for a commit`() async throws {
        let connection = try await Shared.connection()
        let error = postgresError {
            try connection.transaction { connection in
                _ = try? connection.run("SELECT 1 / 0")
            }
        }
        #expect(error?.sqlState == "25P02")
        #expect(error?.kind == .stop)
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `a connection lost during COMMIT says that the commit is unknown`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run(
            """
            CREATE TABLE t (i int8);
            CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(10);
                 RETURN NULL; END';
            CREATE CONSTRAINT TRIGGER leave AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION leave()
            """
        )
        let error = postgresError {
            try connection.transaction { _ = try $0.run("INSERT INTO t VALUES (1)") }
        }
        #expect(error?.sqlState == "57P01")
        #expect(error?.commitUnknown == true)
        #expect(error?.isConnectionLost == true)
        #expect(error?.kind == .retry)
        #expect(!connection.isUsable)
        // The connection is closed: nothing was sent, so nothing is unknown.
        let next = postgresError { _ = try connection.run("COMMIT") }
        #expect(next?.isConnectionLost == true)
        #expect(next?.commitUnknown == false)
    }

    @Test(
        arguments: [
            ("SELECT pg_terminate_backend(pg_backend_pid())", true),
            ("BEGIN; SELECT pg_terminate_backend(pg_backend_pid())", false),
            ("BEGIN; SELECT pg_terminate_backend(pg_backend_pid()); COMMIT", true),
        ]
    )
    func `a connection lost in a script says whether it may be committed`(
        script: String,
        isUnknown: Bool
    ) async throws {
        let connection = try await Shared.connection()
        let error = postgresError { _ = try connection.run(script) }
        #expect(error?.isConnectionLost == true)
        #expect(error?.commitUnknown == isUnknown)
        #expect(error?.kind == .retry)
    }

    @Test func `a deadlock is to be retried`() async throws {
        let configuration = try await Shared.configuration {
            $0.settings = [("deadlock_timeout", "100ms")]
        }
        @Sendable func lock(_ first: Int, _ second: Int) throws -> String? {
            let connection = try PostgresConnection(configuration)
            do {
                try connection.transaction { connection in
                    _ = try connection.run("SELECT pg_advisory_xact_lock(\(first))")
                    let deadline = ContinuousClock.now + .seconds(10)
                    while try connection.run("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'")[
                        0
                    ]
                    .rowCount < 2, ContinuousClock.now < deadline {}
                    _ = try connection.run("SELECT pg_advisory_xact_lock(\(second))")
                }
            } catch let error as PostgresError {
                #expect(error.kind == .retry && !error.isConnectionLost)
                #expect(connection.isUsable && connection.transactionStatus == .idle)
                return error.sqlState
            }
            return nil
        }
        async let one = onThread { try lock(1, 2) }
        async let other = onThread { try lock(2, 1) }
        let states = try await [one, other].compactMap { $0 }
        #expect(states == ["40P01"])
    }

    @Test func `a lock that does not come in time is to be retried`() async throws {
        let configuration = try await Shared.configuration { $0.lockTimeoutMilliseconds = 50 }
        let holder = try PostgresConnection(configuration)
        let waiter = try PostgresConnection(configuration)
        _ = try holder.run("CREATE TABLE t (i int8)")
        _ = try holder.run("BEGIN; LOCK TABLE t")
        let error = postgresError { _ = try waiter.run("SELECT * FROM t") }
        #expect(error?.sqlState == "55P03")
        #expect(error?.kind == .retry)
    }
}
