import EngineHarness
import Foundation
import TestSupport
import Testing

extension Pipeline {
    /// Postgres with fewer connections than the engine would like.
    @Suite struct ConnectionBudgetTests {
        @Test func `a budget that is short is told, and one backend works all the same`()
            async throws
        {
            let cluster = try await PostgresServer.start(settings: ["max_connections=18"])
            let engine = try await Engine.start(on: cluster)
            let migration = try await engine.run(.betctl, ["migrate"])
            #expect(migration.output.contains("warning: Postgres has 15 connections"))
            let backend = try await engine.startBackend("backend-1")
            #expect(backend.log.contains("the connections to Postgres are too few"))
            let port = try await backend.httpPort()
            let metrics = try Exposition(await HTTPAnswer.get(port: port, "/metrics").text)
            #expect(metrics.value("betting_postgres_connections_available") == 15)
            #expect(metrics.value("betting_postgres_connections_needed") == 19)

            let content = try await engine.startBackend(
                "backend-2",
                environment: ["BACKENDS_MAX": "2"]
            )
            #expect(!content.log.contains("too few"))
        }

        @Test func `a backend that cannot have its own waits, and starts when there are enough`()
            async throws
        {
            let cluster = try await PostgresServer.start()
            let engine = try await Engine.start(on: cluster)
            let name = engine.address(of: "postgres").split(separator: "/").last ?? ""
            // The limit does not count for a superuser.
            try cluster.psql("CREATE ROLE betting LOGIN")
            try cluster.psql("ALTER DATABASE \(name) CONNECTION LIMIT 2")
            for kind in ["TABLES", "SEQUENCES"] {
                try cluster.psql(
                    "GRANT ALL ON ALL \(kind) IN SCHEMA public TO betting",
                    database: "\(name)"
                )
            }
            let url = engine.address(of: "postgres").replacing("postgres@", with: "betting@")
            let backend = try engine.begin(
                .backend,
                environment: ["POD_NAME": "backend-1", "POSTGRES_URL": url]
            )
            let words = "Postgres has 2 free connections, a backend uses 3"
            #expect(try await eventually(within: .seconds(30)) { backend.log.contains(words) })
            #expect(!backend.log.contains("taking bets"))
            try cluster.psql("ALTER DATABASE \(name) CONNECTION LIMIT 20")
            let starts = try await eventually(within: .seconds(60)) {
                backend.log.contains("taking bets") || !backend.isRunning
            }
            #expect(starts && backend.isRunning, "\(backend.log)")
        }
    }
}
