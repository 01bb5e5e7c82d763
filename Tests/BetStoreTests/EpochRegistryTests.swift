import BetStore
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized) struct EpochRegistryTests {
    @Test
    func `a backend connects only to a database that knows its stream`() async throws {
        let server = try await PostgresServer.start()
        let configuration = PostgresConfiguration(url: try server.makeDatabase())
        let connection = try PostgresConnection(configuration)
        defer { connection.close() }

        func refusal() -> PostgresError? {
            do throws(PostgresError) {
                try EpochRegistry.connect(configuration, epoch: 7).close()
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal()?.kind == .retry, "a database of something else")
        _ = try Migrator.migrate(connection)
        try EpochRegistry.register(6, on: connection)
        #expect(refusal()?.kind == .retry, "a database of another stream")
        try EpochRegistry.register(7, on: connection)
        try EpochRegistry.register(7, on: connection)
        #expect(refusal() == nil, "the database of this stream")
    }
}
