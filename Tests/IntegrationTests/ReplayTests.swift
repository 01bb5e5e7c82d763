import EngineHarness
import JetStream
import TestSupport
import Testing

extension Pipeline {
    @Suite struct ReplayTests {
        @Test func `a replayed dead letter gets an outcome of its own`() async throws {
            let engine = try await Engine.start()
            var backend = try await engine.startBackend("backend-1")
            let client = try RawNATS(port: engine.nats.port)
            let bet = BetText(amount: "20000")
            try client.publish(
                "bets",
                headers: "NATS/1.0\r\nNats-Msg-Id: \(bet.id)\r\n\r\n",
                body: bet.body
            )
            try client.flush()
            try await engine.quiet()
            try await eventually { try engine.messages("dead_letters").count == 1 }
            try await backend.stop()

            backend = try await engine.startBackend(
                "backend-1",
                environment: ["MAX_BET_AMOUNT": "50000"]
            )
            let replay = try await engine.run(
                .betctl,
                ["dead-letters", "replay", "--reason", "amount_range"]
            )
            #expect(replay.status == 0, "\(replay.output)")
            try await engine.quiet()
            #expect(
                try engine.rows("SELECT id, amount = 20000, stream_seq FROM bets")
                    == [[bet.id, "t", "2"]]
            )
            #expect(try engine.number("SELECT count(*) FROM rejected_bets") == 1)
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
            #expect(backend.isRunning)
        }
    }
}
