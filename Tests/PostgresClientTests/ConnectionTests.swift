import Foundation
import PostgresClient
import Synchronization
import TestSupport
import Testing

@Suite(.serialized)
struct ConnectionTests {
    @Test func `the session has the settings of the configuration`() async throws {
        let connection = try await Shared.connection {
            $0.url +=
                "?options=-c%20work_mem%3D5MB%20-cstandard_conforming_strings%3Doff"
                + "%20-cTimeZone%3DAsia/Tokyo&application_name=from-url"
            $0.settings = [("enable_seqscan", "off"), ("search_path", #""a b\c", public"#)]
            $0.lockTimeoutMilliseconds = 1_500
        }
        let expected = [
            ("statement_timeout", "5s"), ("lock_timeout", "1500ms"), ("work_mem", "5MB"),
            ("idle_in_transaction_session_timeout", "10s"), ("enable_seqscan", "off"),
            ("application_name", "from-url"), ("search_path", #""a b\c", public"#),
            ("client_encoding", "UTF8"), ("TimeZone", "UTC"),
            ("standard_conforming_strings", "on"),
        ]
        for (name, value) in expected {
            #expect(try connection.run("SHOW \(name)")[0].string(0, 0) == value, "\(name)")
        }
    }

    @Test func `prepared statements work again on a new connection`() async throws {
        let configuration = try await Shared.configuration()
        let statement: Statement = "SELECT $1::int8 + 1"
        for value in 1...2 {
            let connection = try PostgresConnection(configuration)
            for _ in 0..<3 {
                let result = try connection.query(statement, [.int64(Int64(value))])
                #expect(try result.int64(0, 0) == Int64(value) + 1)
            }
            let prepared = try connection.run("SELECT count(*) FROM pg_prepared_statements")
            #expect(try prepared[0].int64(0, 0) == 1)
        }
    }

    @Test func `prepared statements survive a rollback and a schema change`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8)")
        _ = try connection.run("BEGIN")
        _ = try connection.query("SELECT * FROM t")
        _ = try connection.run("ROLLBACK")
        _ = try connection.query("SELECT * FROM t")
        _ = try connection.run("ALTER TABLE t ADD COLUMN s text")
        let error = postgresError { _ = try connection.query("SELECT * FROM t") }
        #expect(error?.sqlState == "0A000")
        #expect(error?.kind == .retry)
        #expect(try connection.query("SELECT * FROM t").columnCount == 2)
        _ = try connection.run("DEALLOCATE ALL")
        let gone = postgresError { _ = try connection.query("SELECT * FROM t") }
        #expect(gone?.kind == .retry)
        #expect(try connection.query("SELECT * FROM t").columnCount == 2)
    }

    @Test func `the number of prepared statements is bounded`() async throws {
        let connection = try await Shared.connection()
        let last = PostgresConnection.preparedStatementsMax + 5
        for value in 1...last {
            let result = try connection.query(Statement("SELECT $1::int8 + \(value)"), [.int64(1)])
            #expect(try result.int64(0, 0) == Int64(value) + 1)
        }
        let prepared = try connection.run("SELECT count(*) FROM pg_prepared_statements")
        #expect(
            try prepared[0].int64(0, 0) == Int64(PostgresConnection.preparedStatementsMax)
        )
    }

    @Test func `an error in the middle of a script leaves the connection usable`() async throws {
        let connection = try await Shared.connection()
        let error = postgresError {
            _ = try connection.run("SELECT 1; SELECT 'secret'::int8; SELECT 2")
        }
        #expect(error?.sqlState == "22P02")
        #expect(error?.kind == .reject)
        #expect(error.map { "\($0)" }?.contains("secret") == false)
        #expect(error.map { String(reflecting: $0) }?.contains("secret") == true)
        #expect(try connection.run("SELECT 7")[0].int64(0, 0) == 7)
        let missing = postgresError { _ = try connection.query("SELECT $1::int8", []) }
        #expect(missing?.kind == .stop)
        #expect(connection.isUsable)
        let copyOut = postgresError { _ = try connection.run("COPY (SELECT 1) TO STDOUT") }
        #expect(copyOut?.cause == .usage)
        #expect(!connection.isUsable)
    }

    @Test func `a statement that takes too long is ended by the server`() async throws {
        let connection = try await Shared.connection { $0.statementTimeoutMilliseconds = 50 }
        let error = postgresError { _ = try connection.run("SELECT pg_sleep(30)") }
        #expect(error?.sqlState == "57014")
        #expect(error?.kind == .retry)
        #expect(connection.isUsable)
    }

    @Test func `a transaction that idled too long is to be retried`() async throws {
        let connection = try await Shared.connection {
            $0.idleInTransactionTimeoutMilliseconds = 50
        }
        let pid = connection.backendProcessID
        _ = try connection.run("BEGIN; SELECT 1")
        let server = try await Shared.postgres()
        let isGone = try await eventually {
            try server.psql("SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid)") == "0"
        }
        #expect(isGone)
        let error = postgresError { _ = try connection.run("SELECT 1") }
        #expect(error?.sqlState == "25P03")
        #expect(error?.kind == .retry)
        #expect(error?.isConnectionLost == true)
        #expect(error?.commitUnknown == false)
    }

    @Test func `a frozen server costs the response timeout, not for ever`() async throws {
        let connection = try await Shared.connection { $0.responseTimeoutMilliseconds = 200 }
        let pid = connection.backendProcessID
        #expect(kill(pid, SIGSTOP) == 0)
        defer { kill(pid, SIGCONT) }
        let start = ContinuousClock.now
        let error = postgresError { _ = try connection.run("BEGIN; SELECT 1; COMMIT") }
        #expect(error?.cause == .responseTimeout)
        #expect(error?.kind == .retry)
        #expect(error?.isConnectionLost == true)
        #expect(error?.commitUnknown == true)
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(!connection.isUsable)
    }

    @Test func `a server that freezes during COPY costs the response timeout`() async throws {
        let connection = try await Shared.connection { $0.responseTimeoutMilliseconds = 200 }
        let pid = connection.backendProcessID
        _ = try connection.run("CREATE TABLE t (s text)")
        defer { kill(pid, SIGCONT) }
        let start = ContinuousClock.now
        let error = postgresError {
            _ = try connection.copy("BEGIN; COPY t FROM STDIN (FORMAT binary)") { _, buffer in
                kill(pid, SIGSTOP)
                let text = String(repeating: "x", count: 10_000)
                for _ in 0..<3_000 {
                    buffer.beginRow(fieldCount: 1)
                    buffer.text(text)
                }
            }
        }
        #expect(error?.cause == .responseTimeout)
        #expect(error?.commitUnknown == false)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `another thread cancels a statement`() async throws {
        let connection = try await Shared.connection()
        let canceller = try #require(connection.makeCanceller())
        let pid = connection.backendProcessID
        let server = try await Shared.postgres()
        let query = "SELECT wait_event FROM pg_stat_activity WHERE pid = \(pid)"
        async let isCancelled = onThread {
            let deadline = ContinuousClock.now + .seconds(4)
            while ContinuousClock.now < deadline {
                guard try server.psql(query) == "PgSleep" else { continue }
                try canceller()
                return true
            }
            return false
        }
        let error = postgresError { _ = try connection.run("SELECT pg_sleep(30)") }
        #expect(try await isCancelled)
        #expect(error?.sqlState == "57014")
        #expect(connection.isUsable)
        connection.close()
        // It may be used late; the server then has nothing to cancel.
        _ = try? canceller()
    }

    @Test func `remarks of the server reach the handler`() async throws {
        let notices = Mutex<[PostgresNotice]>([])
        let connection = try await Shared.connection {
            $0.notice = { notice in notices.withLock { $0.append(notice) } }
        }
        _ = try connection.run("DO 'BEGIN RAISE WARNING $$look$$; END'")
        let seen = notices.withLock { $0 }
        #expect(seen.map(\.message) == ["look"])
        #expect(seen.map(\.severity) == ["WARNING"])
        #expect(seen.map(\.sqlState) == ["01000"])
    }

    @Test func `durability that is switched off is found`() async throws {
        let safe = try DurabilitySettings.read(from: await Shared.connection())
        #expect(safe.unsafe == [])
        let loose = try await Shared.connection { $0.settings = [("synchronous_commit", "off")] }
        #expect(try DurabilitySettings.read(from: loose).unsafe == ["synchronous_commit=off"])
        let all = DurabilitySettings(
            fsync: "off",
            synchronousCommit: "local",
            fullPageWrites: "off"
        )
        #expect(all.unsafe == ["fsync=off", "full_page_writes=off"])
    }
}
