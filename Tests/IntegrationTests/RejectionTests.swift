import Betting
import EngineHarness
import JetStream
import TestSupport
import Testing

extension Pipeline {
    @Suite struct RejectionTests {
        @Test func `what is no bet is kept with its reason, and the stream goes on`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let client = try RawNATS(port: engine.nats.port)
            let sequences = try await publish(Violation.all, by: client, to: engine)
            let conflicting = BetText(amount: "1")
            _ = try client.publishAcknowledged("bets", body: conflicting.body)
            try await engine.quiet()
            let conflict = conflicting.with("amount", "2")
            let conflictSequence = try client.publishAcknowledged("bets", body: conflict.body)
            try await engine.quiet()

            let letters = try await deadLetters(engine, count: Violation.all.count + 1)
            for (violation, sequence) in zip(Violation.all, sequences) {
                try expect(violation, rejectedAt: sequence, engine, letters)
            }
            try expect(
                Violation("another bet's id", "id_conflict", conflict.body),
                rejectedAt: conflictSequence,
                engine,
                letters
            )
            #expect(try engine.number("SELECT count(*) FROM bets") == 1)

            let good = BetText()
            try client.publish("bets", body: good.body)
            try client.flush()
            try await engine.quiet()
            #expect(try engine.number("SELECT count(*) FROM bets WHERE id = '\(good.id)'") == 1)
            #expect(backend.isRunning)
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }

        @Test func `every reason is among the violations`() {
            let others: Set<RejectionReason> = [.idConflict, .poison]
            let expected = Set(RejectionReason.allCases).subtracting(others).map(\.rawValue)
            #expect(Set(Violation.all.map(\.reason)) == Set(expected))
        }

        /// - Returns: their sequences.
        private func publish(
            _ violations: [Violation],
            by client: RawNATS,
            to engine: Engine
        ) async throws -> [Int] {
            // As the streams are made, they refuse what is too large themselves.
            let made = try #require(try engine.manager.streamInfo("bets_stream")).configuration
            var wide = made
            wide.maxMessageBytes = 16_384
            try engine.manager.updateStream(wide)
            let sequences = try violations.map { violation in
                try client.publishAcknowledged(
                    "bets",
                    headers: violation.headers,
                    body: violation.body
                )
            }
            try engine.manager.updateStream(made)
            return sequences
        }

        private func deadLetters(_ engine: Engine, count: Int) async throws -> [Int: StoredMessage]
        {
            try await eventually {
                try engine.manager.streamInfo("dead_letters")?.messages == UInt64(count)
            }
            let letters = try engine.messages("dead_letters")
            #expect(letters.count == count)
            return Dictionary(
                letters.map { (Int($0.header("Betting-Sequence") ?? "") ?? 0, $0) },
                uniquingKeysWith: { first, _ in first }
            )
        }

        private func expect(
            _ violation: Violation,
            rejectedAt sequence: Int,
            _ engine: Engine,
            _ letters: [Int: StoredMessage]
        ) throws {
            let published = try #require(
                try engine.manager.message(stream: "bets_stream", sequence: UInt64(sequence))
            )
            let rows = try engine.rows(
                """
                SELECT reason, encode(body, 'hex'), subject, headers
                FROM rejected_bets WHERE stream_seq = \(sequence)
                """
            )
            let row = try #require(rows.first, "\(violation)")
            #expect(row[0] == violation.reason, "\(violation)")
            #expect(row[1] == Self.hex(violation.body), "\(violation)")
            #expect(row[2] == "bets", "\(violation)")
            for header in published.headers {
                let pair = #"["\#(header.name)", "\#(header.value)"]"#
                #expect(row[3].contains(pair), "\(violation)")
            }
            let letter = try #require(letters[sequence], "\(violation)")
            #expect(letter.subject == "dead.bets.\(violation.reason)", "\(violation)")
            #expect(letter.body == violation.body, "\(violation)")
            #expect(letter.header("Betting-Reason") == violation.reason, "\(violation)")
            #expect(
                letter.header("Content-Type") == published.header("Content-Type"),
                "\(violation)"
            )
        }

        private static func hex(_ bytes: [UInt8]) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
    }
}
