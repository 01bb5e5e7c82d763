import Foundation
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized)
struct ServerLossTests {
    @Test(arguments: [SIGINT, SIGQUIT])
    func `a server that goes in the middle is to be retried`(signal: Int32) async throws {
        let server = try await PostgresServer.start()
        let url = server.url
        async let outcome = onThread { () -> PostgresError? in
            let connection = try PostgresConnection(PostgresConfiguration(url: url))
            return postgresError { _ = try connection.run("BEGIN; SELECT pg_sleep(4.5)") }
        }
        let isSleeping = try await eventually {
            try server.psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
                == "1"
        }
        #expect(isSleeping)
        try await server.process.stop(signal)
        let error = try await outcome
        #expect(error?.kind == .retry)
        #expect(error?.isConnectionLost == true)
        #expect(error?.commitUnknown == false)

        let configuration = PostgresConfiguration(url: url)
        let down = postgresError { _ = try PostgresConnection(configuration) }
        #expect(down?.kind == .retry)
        try await server.start()
        #expect(try PostgresConnection(configuration).run("SELECT 1")[0].int64(0, 0) == 1)
        try await server.process.stop(SIGQUIT)
    }

    @Test func `a session that cannot write is not kept`() async throws {
        let server = try await PostgresServer.start()
        let pool = PostgresPool(PostgresConfiguration(url: server.url), connectionsMax: 2)
        try pool.withConnection { _ = try $0.run("CREATE TABLE t (n int)") }
        #expect(pool.idleCount == 1)
        // As after a failover: the session goes on, and its server takes no writes any more.
        let error = postgresError {
            try pool.withConnection { connection in
                _ = try connection.run("SET default_transaction_read_only = on")
                _ = try connection.run("INSERT INTO t VALUES (1)")
            }
        }
        #expect(error?.sqlState == "25006" && error?.kind == .retry)
        #expect(error?.isConnectionLost == false && error?.commitUnknown == false)
        #expect(pool.idleCount == 0)
        try pool.withConnection { _ = try $0.run("INSERT INTO t VALUES (1)") }
    }

    @Test func `a pool gets over a killed server process`() async throws {
        let server = try await PostgresServer.start()
        let pool = PostgresPool(PostgresConfiguration(url: server.url), connectionsMax: 2)
        let error = postgresError {
            try pool.withConnection { connection in
                #expect(kill(connection.backendProcessID, SIGKILL) == 0)
                _ = try connection.run("SELECT pg_sleep(4)")
            }
        }
        #expect(error?.isConnectionLost == true)
        #expect(error?.kind == .retry)
        #expect(pool.idleCount == 0)
        let isBack = try await eventually {
            do {
                return try pool.withConnection { try $0.run("SELECT 1")[0].int64(0, 0) } == 1
            } catch let error as PostgresError {
                #expect(error.kind == .retry, "\(error)")
                return false
            }
        }
        #expect(isBack)
        try await server.process.stop(SIGQUIT)
    }
}
