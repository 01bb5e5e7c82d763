import EngineHarness
import TestSupport
import Testing

extension Faults {
    /// The network between a backend and a server goes silent, mute, slow, or is cut.
    @Suite struct PartitionTests {
        private static let rate = 1_000
        /// Silence longer than the ack wait, and than every time limit of the drivers.
        private static let conditions: [(TCPProxy.Condition, Duration)] = [
            (.silent, .seconds(14)), (.mute, .seconds(14)), (.cut, .seconds(3)),
        ]

        @Test func `backends cut off from a server each cost no bet and double none`()
            async throws
        {
            let engine = try await Engine.start()
            var proxies: [TCPProxy] = []
            var backends = [try await engine.startBackend("backend-0")]
            for server in FaultyServer.allCases {
                let proxy = try TCPProxy(to: try server.port(of: engine))
                proxies.append(proxy)
                backends.append(
                    try await engine.startBackend(
                        "backend-\(proxies.count)",
                        environment: server.environment(of: engine, through: proxy)
                    )
                )
            }
            let run = try await FaultRun(on: engine, backends, rate: Self.rate)
            for (condition, time) in Self.conditions {
                let healed = ContinuousClock.now + time
                for proxy in proxies { proxy.condition = condition }
                // The others take over what these hold, after an ack wait or two.
                try await run.outcomes(more: 3 * Self.rate)
                try await lasting(until: healed)
                for proxy in proxies { proxy.condition = .open }
                try await run.allAtWork(within: .seconds(30))
            }
            try await run.stopLoad()
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `a slow way to Postgres slows, and hardly anything is delivered twice`()
            async throws
        {
            let engine = try await Engine.start()
            let proxy = try TCPProxy(to: try FaultyServer.postgres.port(of: engine))
            let environment = FaultyServer.postgres.environment(of: engine, through: proxy)
            let backends = [
                try await engine.startBackend("backend-1", environment: environment),
                try await engine.startBackend("backend-2", environment: environment),
            ]
            let run = try await FaultRun(on: engine, backends, rate: Self.rate)
            let before = try run.progress()
            proxy.condition = .delayed(milliseconds: 500)
            // Each of several round trips of a batch takes a second.
            try await run.outcomes(more: 8 * Self.rate)
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
}
