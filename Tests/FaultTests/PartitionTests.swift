import EngineHarness
import TestSupport
import Testing

extension Faults {
    /// The network between one backend and one server goes silent, mute, slow or is cut; another
    /// backend has a network of its own.
    @Suite struct PartitionTests {
        private static let rate = 1_000
        /// Longer than the ack wait, and than every time limit of the drivers.
        private static let silentFor = Duration.seconds(14)

        @Test(arguments: [Server.nats, .postgres, .redis])
        func `a backend cut off from a server costs no bet and doubles none`(server: Server)
            async throws
        {
            let engine = try await Engine.start()
            let proxy = try TCPProxy(to: try server.port(of: engine))
            let lonely = try await engine.startBackend(
                "backend-1",
                environment: server.environment(of: engine, through: proxy)
            )
            let other = try await engine.startBackend("backend-2")
            let run = try await FaultRun(on: engine, [lonely, other], rate: Self.rate)

            for condition in [TCPProxy.Condition.silent, .mute, .cut] {
                let healed = ContinuousClock.now + Self.silentFor
                proxy.condition = condition
                // The other one takes over what the lonely one holds, after an ack wait or two.
                try await run.outcomes(more: 6 * Self.rate)
                try await ContinuousClock().sleep(until: healed)
                proxy.condition = .open
                try await run.bothAtWork(within: .seconds(30))
            }
            try await run.stopLoad()
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `a slow way to Postgres slows, and hardly anything is delivered twice`()
            async throws
        {
            let engine = try await Engine.start()
            let proxy = try TCPProxy(to: try Server.postgres.port(of: engine))
            let environment = Server.postgres.environment(of: engine, through: proxy)
            var backends: [ServerProcess] = []
            for number in 1...2 {
                backends.append(
                    try await engine.startBackend("backend-\(number)", environment: environment)
                )
            }
            let run = try await FaultRun(on: engine, backends, rate: Self.rate)
            let before = try run.progress()
            proxy.condition = .delayed(milliseconds: 500)
            // Each of several round trips of a batch takes a second.
            try await run.outcomes(more: 10 * Self.rate)
            proxy.condition = .open
            try await run.stopLoad()
            let redelivered = try Double(engine.redeliveries())
            let published = try Double(run.progress().published - before.published)
            print("\(Int(redelivered)) of \(Int(published)) delivered again")
            #expect(redelivered / published < 0.01)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }
    }

    /// A server a backend may be cut off from.
    enum Server: String, Sendable {
        case nats
        case postgres
        case redis

        func port(of engine: Engine) throws -> Int {
            let text = engine.address(of: rawValue)
            guard let port = text.firstMatch(of: /127\.0\.0\.1:(\d+)/).flatMap({ Int($0.1) }) else {
                throw FixtureError("no port in \(text)")
            }
            return port
        }

        /// The address of the server, the way through the proxy.
        func environment(of engine: Engine, through proxy: TCPProxy) -> [String: String] {
            let text = engine.address(of: rawValue)
                .replacing(/127\.0\.0\.1:\d+/, with: "127.0.0.1:\(proxy.port)")
            return ["\(rawValue.uppercased())_URL": text]
        }
    }
}
