import BetStore
import Foundation
import PostgresClient
import ServiceKit
import Synchronization
import Telemetry
import TestSupport
import Threading
import Tokens

@testable import Wallet

/// An api-server in this process, on a database of its own, with as many users as a test wants.
final class APIWorld: Sendable {
    private static let cluster = Task { try await PostgresServer.start() }
    private static let lastUser = Mutex(Int64(1_000))

    let service: WalletService
    let url: String
    /// Of another server beside this one.
    let environment: [String: String]
    private let maker: TokenMaker
    private let key: TemporaryDirectory
    private let run: Task<Void, any Error>

    var port: Int { service.port }

    /// - Parameters:
    ///   - postgres: where the database is made, for a test that stops it.
    ///   - settings: environment beside the addresses.
    ///   - migrates: makes the tables, and waits until the server is ready.
    static func start(
        on postgres: PostgresServer? = nil,
        settings: [String: String] = [:],
        migrates: Bool = true
    ) async throws -> APIWorld {
        let server = if let postgres { postgres } else { try await cluster.value }
        let world = try APIWorld(url: try server.makeDatabase(), settings: settings)
        guard migrates else { return world }
        try world.migrate()
        let isReady = try await eventually(within: .seconds(60)) {
            try await world.client().get("/readyz").status == 200
        }
        guard isReady else { throw FixtureError("the api-server is not ready") }
        return world
    }

    private init(url: String, settings: [String: String]) throws {
        self.url = url
        key = try TemporaryDirectory("token-key")
        let path = key.path + "/key"
        let secret = "development-" + UUID().uuidString
        try secret.write(toFile: path, atomically: true, encoding: .utf8)
        maker = TokenMaker(key: try TokenKey(Array(secret.utf8), for: .hs256))
        environment = [
            // Nobody is there: workers are woken in vain.
            "NATS_URL": "nats://127.0.0.1:1", "POSTGRES_URL": url, "HTTP_PORT": "0",
            "HTTP_ADDRESS": "127.0.0.1",
            "TOKEN_KEY_FILE": path, "POD_NAME": "api", "USER_BURST": "100000",
        ].merging(settings) { _, new in new }
        let logger = Logger(process: "api", level: .error, format: .text)
        let service = try WalletService(
            WalletConfiguration(Environment(environment)),
            build: "test",
            logger: logger,
            watchdog: Watchdog(logger: logger)
        )
        self.service = service
        run = Task { try await service.run() }
    }

    deinit { service.stop() }

    /// Ends it as SIGTERM does.
    func stop() async throws {
        service.stop()
        try await ended()
    }

    /// Waits until it has ended by itself.
    func ended() async throws { try await run.value }

    /// Makes the tables.
    func migrate() throws {
        let connection = try PostgresConnection(PostgresConfiguration(url: url))
        defer { connection.close() }
        _ = try Migrator.migrate(connection)
    }

    /// - Parameter expiresIn: seconds from now.
    func token(_ user: Int64, isOperator: Bool = false, expiresIn: Int64 = 600) throws -> String {
        let now = Int64(Date().timeIntervalSince1970)
        let claims = TokenClaims(
            userID: user,
            isOperator: isOperator,
            expiresAt: now + expiresIn
        )
        return try maker.token(for: claims, now: now)
    }

    /// Without a token.
    func client() -> APIClient { APIClient(port: port) }

    func client(_ user: Int64) throws -> APIClient {
        APIClient(port: port, token: try token(user))
    }

    func operatorClient(port: Int? = nil) throws -> APIClient {
        APIClient(port: port ?? self.port, token: try token(1, isOperator: true))
    }

    /// A user nobody had before, with so much in the wallet.
    func user(_ balance: String = "1000") async throws -> Int64 {
        let user = Self.lastUser.withLock { last in
            last += 1
            return last
        }
        guard balance != "0" else { return user }
        let reply = try await operatorClient(port: service.adminPort).post(
            "/api/admin/deposits",
            #"{"userId":\#(user),"amount":\#(balance)}"#,
            key: "begin-\(user)"
        )
        guard reply.status == 201 else { throw FixtureError(reply.text) }
        return user
    }

    /// An open round nobody had before.
    func round() async throws -> String {
        let id = "round-\(UUID().uuidString.prefix(8))"
        let reply = try await operatorClient(port: service.adminPort)
            .post("/api/admin/rounds", #"{"id":"\#(id)"}"#)
        guard reply.status == 201 else { throw FixtureError(reply.text) }
        return id
    }

    func place(
        _ user: Int64,
        _ round: String,
        _ amount: String = "10",
        side: String = "A",
        key: String = UUID().uuidString
    ) async throws -> Reply {
        try await client(user).post(
            "/api/bets",
            #"{"roundId":"\#(round)","amount":\#(amount),"side":"\#(side)"}"#,
            key: key
        )
    }

    /// A figure of the database.
    func number(_ sql: String) throws -> Int64 {
        let connection = try PostgresConnection(PostgresConfiguration(url: url))
        defer { connection.close() }
        return try connection.query(Statement(sql), []).int64(0, 0)
    }
}
