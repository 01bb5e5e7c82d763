import Foundation
import PostgresClient
import TestSupport
import Testing

@Suite(.serialized)
struct ConnectTests {
    private func failure(
        _ url: String,
        _ configure: (inout PostgresConfiguration) -> Void = { _ in }
    ) -> PostgresError? {
        var configuration = PostgresConfiguration(url: url)
        configure(&configuration)
        return postgresError { _ = try PostgresConnection(configuration) }
    }

    @Test func `a host that refuses is passed over`() async throws {
        let server = try await Shared.postgres()
        let hosts = "127.0.0.1:\(try freePort()),127.0.0.1:\(server.port)"
        let connection = try PostgresConnection(
            PostgresConfiguration(url: "postgresql://postgres@\(hosts)/postgres")
        )
        #expect(try connection.run("SELECT 1")[0].int64(0, 0) == 1)
    }

    @Test func `a host that accepts and says nothing is passed over after the timeout`()
        async throws
    {
        let server = try await Shared.postgres()
        let silent = try SilentListener()
        let hosts = "127.0.0.1:\(silent.port),127.0.0.1:\(server.port)"
        var configuration = PostgresConfiguration(url: "postgresql://postgres@\(hosts)/postgres")
        configuration.connectTimeoutSeconds = 2
        let start = ContinuousClock.now
        let connection = try PostgresConnection(configuration)
        #expect(try connection.run("SELECT 1")[0].int64(0, 0) == 1)
        #expect(ContinuousClock.now - start < .seconds(5))
    }

    @Test func `no host at all is to be retried`() async throws {
        let error = failure("postgresql://postgres@127.0.0.1:\(try freePort())/postgres")
        #expect(error?.cause == .connectFailed)
        #expect(error?.kind == .retry)
        #expect(error?.isConnectionLost == true)
        #expect(error?.commitUnknown == false)
    }

    @Test func `a host that only reads will not do`() async throws {
        let url = try await Shared.postgres().url
        let settings = [("default_transaction_read_only", "on")]
        let error = failure(url) { $0.settings = settings }
        #expect(error?.cause == .connectFailed)
        #expect(error?.kind == .retry)
        var configuration = PostgresConfiguration(url: url)
        configuration.settings = settings
        configuration.requireReadWrite = false
        let connection = try PostgresConnection(configuration)
        let refused = postgresError { _ = try connection.run("CREATE TABLE t (i int8)") }
        #expect(refused?.sqlState == "25006")
        #expect(refused?.kind == .retry)
    }

    @Test func `an unknown database, user or setting stops`() async throws {
        let server = try await Shared.postgres()
        let database = failure(server.url(database: "nowhere"))
        #expect(database?.sqlState == "3D000")
        #expect(database?.kind == .stop)
        let user = failure("postgresql://nobody@127.0.0.1:\(server.port)/postgres")
        #expect(user?.sqlState == "28000")
        #expect(user?.kind == .stop)
        let setting = failure(server.url) { $0.settings = [("no_such_setting", "1")] }
        #expect(setting?.sqlState == "42704")
        #expect(setting?.kind == .stop)
        let value = failure(server.url) { $0.settings = [("work_mem", "much")] }
        #expect(value?.sqlState == "22023")
        #expect(value?.kind == .stop)
    }

    @Test func `one hopeless host does not stop while another may come back`() async throws {
        let server = try await Shared.postgres()
        let hosts = "127.0.0.1:\(try freePort()),127.0.0.1:\(server.port)"
        let error = failure("postgresql://postgres@\(hosts)/nowhere")
        #expect(error?.kind == .retry)
    }

    @Test(
        arguments: [
            "", "nonsense", "http://postgres:hunter2@localhost", "postgresql://p:hunter2@h:port:x/",
            "postgresql://p:hunter2%zz@h/", "host=h password='hunter2", "postgresql://p@h:99999/",
            "postgresql://p:hunter2@h/?sslmode=maybe", "postgresql://p:hunter2@h/?no_such=1",
            "postgresql://p:hunter2@h/a\0b",
        ]
    )
    func `a URL that cannot be read stops and does not show the password`(url: String) {
        let error = failure(url)
        #expect(error?.kind == .stop)
        for text in [error.map { "\($0)" }, error.map { String(reflecting: $0) }] {
            #expect(text?.contains("hunter2") == false)
        }
    }

    @Test func `too many connections is to be retried`() async throws {
        let server = try await PostgresServer.start(settings: [
            "max_connections=4", "superuser_reserved_connections=0", "max_wal_senders=0",
        ])
        var held: [PostgresConnection] = []
        let error = postgresError {
            for _ in 0..<10 {
                held.append(try PostgresConnection(PostgresConfiguration(url: server.url)))
            }
        }
        #expect(error?.sqlState == "53300")
        #expect(error?.kind == .retry)
        try await server.process.stop(SIGQUIT)
    }
}

/// A port that accepts connections in the kernel and never answers.
private final class SilentListener {
    let port: Int
    private let descriptor: Int32

    init() throws {
        (descriptor, port) = try listenOnLoopback()
    }

    deinit { close(descriptor) }
}
