import Foundation
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized)
struct PoolTests {
    private struct Refusal: Error {}

    @Test func `a connection is reused, and rolled back if it was left in a transaction`()
        async throws
    {
        let pool = PostgresPool(try await Shared.configuration(), connectionsMax: 2)
        let first = try pool.withConnection { connection in
            _ = try connection.run("CREATE TABLE t (i int8)")
            _ = try connection.run("BEGIN; INSERT INTO t VALUES (1)")
            return connection.backendProcessID
        }
        #expect(pool.inUseCount == 0 && pool.idleCount == 1)
        try pool.withConnection { connection in
            #expect(pool.inUseCount == 1)
            #expect(connection.backendProcessID == first)
            #expect(connection.transactionStatus == .idle)
            let rowCount = try connection.run("SELECT * FROM t")[0].rowCount
            #expect(rowCount == 0)
        }
        #expect(throws: Refusal.self) { try pool.withConnection { _ in throw Refusal() } }
        #expect(pool.inUseCount == 0 && pool.idleCount == 1)
    }

    @Test func `an idle connection that the server closed is replaced unseen`() async throws {
        let pool = PostgresPool(try await Shared.configuration(), connectionsMax: 2)
        let pid = try pool.withConnection { $0.backendProcessID }
        let server = try await Shared.postgres()
        try server.psql("SELECT pg_terminate_backend(\(pid))")
        let isGone = try await eventually {
            try server.psql("SELECT count(*) FROM pg_stat_activity WHERE pid = \(pid)") == "0"
        }
        #expect(isGone)
        let next = try pool.withConnection { connection in
            _ = try connection.run("SELECT 1")
            return connection.backendProcessID
        }
        #expect(next != pid)
        #expect(pool.idleCount == 1)
    }

    @Test func `an exhausted pool says so in time and recovers`() async throws {
        let pool = PostgresPool(try await Shared.configuration(), connectionsMax: 1)
        try pool.withConnection { _ in
            let start = ContinuousClock.now
            let error = postgresError {
                try pool.withConnection(acquireTimeout: .milliseconds(50)) { _ in }
            }
            #expect(error?.cause == .poolExhausted)
            #expect(error?.kind == .retry)
            let waited = ContinuousClock.now - start
            #expect(waited >= .milliseconds(49) && waited < .seconds(2))
        }
        try pool.withConnection(acquireTimeout: .zero) { _ = try $0.run("SELECT 1") }
    }

    @Test func `many threads share few connections`() async throws {
        let pool = PostgresPool(try await Shared.configuration(), connectionsMax: 3)
        _ = try pool.withConnection { try $0.run("CREATE TABLE t (i int8)") }
        try await withThrowingTaskGroup { group in
            for number in 0..<12 {
                group.addTask {
                    try await onThread {
                        for turn in 0..<20 {
                            try pool.withConnection(acquireTimeout: .seconds(20)) { connection in
                                #expect(pool.inUseCount <= 3)
                                _ = try connection.query(
                                    "INSERT INTO t VALUES ($1)",
                                    [.int64(Int64(number * 100 + turn))]
                                )
                            }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let count = try pool.withConnection { connection in
            try connection.run("SELECT count(DISTINCT i) FROM t")[0].int64(0, 0)
        }
        #expect(count == 240)
        #expect(pool.inUseCount == 0 && pool.idleCount <= 3)
    }

    @Test func `a pool that cannot connect gives its permit back`() async throws {
        let url = "postgresql://postgres@127.0.0.1:\(try freePort())/postgres"
        let pool = PostgresPool(PostgresConfiguration(url: url), connectionsMax: 1)
        for _ in 0..<3 {
            let error = postgresError { try pool.withConnection { _ in } }
            #expect(error?.cause == .connectFailed)
        }
        #expect(pool.inUseCount == 0)
    }

    @Test func `a closed pool lends nothing`() async throws {
        let pool = PostgresPool(try await Shared.configuration(), connectionsMax: 2)
        try pool.withConnection { _ in
            try pool.withConnection { _ in }
            pool.close()
            #expect(pool.idleCount == 0)
        }
        #expect(pool.idleCount == 0)
        #expect(postgresError { try pool.withConnection { _ in } }?.cause == .poolClosed)
    }
}
