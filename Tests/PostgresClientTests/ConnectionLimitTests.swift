import Foundation
import PostgresClient
import TestSupport
import Testing

/// What is left of `max_connections` for whom.
@Suite(.serialized)
struct ConnectionLimitTests {
    @Test func `reserved connections, the role's and the database's limit count`() async throws {
        let server = try await PostgresServer.start(settings: [
            "max_connections=20", "superuser_reserved_connections=3",
        ])
        try server.psql("CREATE ROLE plain LOGIN")
        func read() throws -> (limits: ConnectionLimits, keep: PostgresConnection) {
            let url = "postgresql://plain@127.0.0.1:\(server.port)/postgres"
            let connection = try PostgresConnection(
                PostgresConfiguration(url: url, applicationName: "backend b-1")
            )
            return (try ConnectionLimits.read(from: connection), connection)
        }
        let first = try read()
        #expect(first.limits.available == 17 && first.limits.free == 16)
        #expect(first.limits.applications == ["backend b-1"])
        let second = try read()
        #expect(second.limits.free == 15)
        #expect(second.limits.applications == ["backend b-1", "backend b-1"])
        try server.psql("ALTER ROLE plain CONNECTION LIMIT 9")
        let third = try read()
        #expect(third.limits.available == 9 && third.limits.free == 6)
        try server.psql("ALTER DATABASE postgres CONNECTION LIMIT 5")
        let fourth = try read()
        #expect(fourth.limits.available == 5 && fourth.limits.free == 1)
        withExtendedLifetime([first.keep, second.keep, third.keep, fourth.keep]) {}
    }
}
