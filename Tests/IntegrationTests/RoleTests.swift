import EngineHarness
import Foundation
import Glibc
import JetStream
import TestSupport
import Testing

extension Pipeline {
    /// Every program with the user of its role, and nothing more than that user may do.
    @Suite struct RoleTests {
        @Test func `all of the engine's work can be done by its roles`() async throws {
            // So small that it is trimmed.
            let engine = try await Engine.start(
                hasRoles: true,
                settings: ["BETS_MAX_BYTES": "\(3 << 20)"]
            )
            var programs = [
                try await engine.startBackend("backend-1"),
                try await engine.startBackend("backend-2"),
            ]
            let aggregator = try await engine.startAggregator("aggregator-1")
            programs += [aggregator, try engine.beginWorker("worker-1")]
            let dashboard = try FrameLog(port: try await aggregator.httpPort())
            let journal = engine.file("journal")
            let count = 14_000
            let simulation = try await engine.finish(
                engine.simulate(["--rate", "2000", "\(count)", "--journal", journal])
            )
            #expect(simulation.status == 0, "\(simulation.output)")
            let isTrimmed = try await eventually(within: .seconds(60)) {
                try engine.manager.streamInfo("bets_stream").map { $0.firstSequence > 1 } ?? false
            }
            #expect(isTrimmed)

            // A rejected bet becomes a dead letter; a conflict is looked up in the stream.
            let bet = BetText(amount: "41")
            for body in [Array("no bet".utf8), bet.body, bet.with("amount", "42").body] {
                _ = try engine.connection.publishAcknowledged(
                    "bets",
                    body: body,
                    messageID: nil,
                    timeoutMilliseconds: 5_000
                )
            }
            try await engine.quiet()
            #expect(
                try engine.rows("SELECT reason FROM rejected_bets ORDER BY 1")
                    == [["id_conflict"], ["malformed"]]
            )
            let letters = try await eventually { try engine.messages("dead_letters").count == 2 }
            #expect(letters)
            let isShown = try await dashboard.see {
                $0.total_bets == count + 1 && $0.rejected_total == 2
                    && $0.dependencies.allSatisfy { $0.state == "up" }
            }
            #expect(isShown, "\(String(describing: dashboard.last))")

            for command in [
                ["dead-letters", "list"], ["dead-letters", "replay", "--reason", "malformed"],
                ["dead-letters", "purge", "--yes"], ["streams"], ["streams", "--update"],
                ["streams", "trim", "--keep", "1s"], ["fill-gaps"], ["odds", "rebuild"],
                ["audit", "--journal", journal, "--timeout", "60s"],
            ] {
                let result = try await engine.run(.betctl, command)
                #expect(result.status == 0, "\(command): \(result.output)")
            }
            for program in programs {
                #expect(program.isRunning, "\(program.log)")
                try await program.stop()
                #expect(program.exitStatus == 0)
                #expect(!program.log.contains("NATS refuses"), "\(program.log)")
            }
            for command in [["streams", "renew"], ["reset", "--yes"]] {
                let result = try await engine.run(.betctl, command)
                #expect(result.status == 0, "\(command): \(result.output)")
            }
            #expect(!engine.nats.process.log.contains("Violation"), "\(engine.nats.process.log)")
        }

        /// Whom another role's user is given to, and what the program says then.
        @Test(arguments: [
            (Program.backend, "NATS_URL_BACKEND", "publisher"),
            (.backend, "NATS_URL_BACKEND", "aggregator"),
            (.statsAggregator, "NATS_URL_AGGREGATOR", "publisher"),
            (.loadSimulator, "NATS_URL_PUBLISHER", "aggregator"),
            (.worker, "NATS_URL_PUBLISHER", "backend"),
            (.betctl, "NATS_URL_OPERATOR", "backend"),
        ])
        func `a program with another role's user ends and says why`(
            program: Program,
            variable: String,
            role: String
        ) async throws {
            let engine = try await Engine.start(hasRoles: true)
            let arguments: [Program: [String]] = [
                .loadSimulator: ["1", "10"], .betctl: ["streams"],
            ]
            let process = try engine.begin(
                program,
                arguments[program] ?? [],
                environment: [variable: engine.nats.url(role: role)]
            )
            let result = try await engine.finish(process)
            #expect(result.status != 0)
            #expect(result.output.contains("Permissions Violation"), "\(result.output)")
            #expect(!result.output.contains("secretOf"))
        }
    }
}
