import EngineHarness
import JetStream
import TestSupport
import Testing

extension Pipeline {
    @Suite struct RepetitionTests {
        @Test func `a bet again is a duplicate, another bet of its id a conflict`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let client = try RawNATS(port: engine.nats.port)
            let bet = BetText(amount: "42")
            try client.publish(bet, messageID: "first")
            try client.flush()
            try await engine.quiet()
            // The same content in other words: 42 is 42.0, noon in Berlin is ten o'clock.
            let again = bet.with("amount", "42.00")
                .with("timestamp", #""2025-06-01T14:00:00+02:00""#)
            let other = bet.with("amount", "43")
            try client.publish(again, messageID: "second")
            try client.publish(other, messageID: "third")
            try client.flush()
            try await engine.quiet()
            try await expect(engine, bets: 1, duplicates: 1, conflicts: [3: other.body])
            #expect(backend.isRunning)
        }

        @Test func `within one batch the first of an id is the bet`() async throws {
            let engine = try await Engine.start()
            let client = try RawNATS(port: engine.nats.port)
            var conflicts: [Int: [UInt8]] = [:]
            let pairs = 100
            for number in 0..<pairs {
                let bet = BetText(game: "game_\(number % 7)")
                let other = bet.with("amount", "\(number + 43)")
                try client.publish(bet, messageID: "\(number) first")
                try client.publish(bet, messageID: "\(number) again")
                try client.publish(other, messageID: "\(number) other")
                conflicts[3 * number + 3] = other.body
            }
            try client.flush()
            let backend = try await engine.startBackend("backend-1")
            try await engine.quiet()
            try await expect(engine, bets: pairs, duplicates: pairs, conflicts: conflicts)
            #expect(backend.isRunning)
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }

        @Test func `between two pods each id has one bet`() async throws {
            let engine = try await Engine.start()
            let first = try await engine.startBackend("backend-1")
            let second = try await engine.startBackend("backend-2")
            let client = try RawNATS(port: engine.nats.port)
            let pairs = 1_000
            for number in 0..<pairs {
                let bet = BetText(game: "game_\(number % 7)")
                try client.publish(bet, messageID: "\(number) first")
                try client.publish(bet, messageID: "\(number) again")
                let disputed = BetText(game: "game_\(number % 7)")
                try client.publish(disputed, messageID: "\(number) one")
                try client.publish(
                    disputed.with("amount", "43"),
                    messageID: "\(number) another"
                )
            }
            try client.flush()
            try await engine.quiet()
            #expect(try engine.number("SELECT count(*) FROM bets") == 2 * pairs)
            #expect(try engine.number("SELECT count(*) FROM duplicate_bets") == pairs)
            #expect(try engine.number(Self.conflictCount) == pairs)
            try expectOriginalBodies(engine)
            try await expectExactCounters(engine)
            #expect(try engine.storedByPod().count == 2)
            #expect(first.isRunning && second.isRunning)
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }

        private static let conflictCount =
            "SELECT count(*) FROM rejected_bets WHERE reason = 'id_conflict'"

        /// - Parameter conflicts: the rejected bodies by their sequence.
        private func expect(
            _ engine: Engine,
            bets: Int,
            duplicates: Int,
            conflicts: [Int: [UInt8]]
        ) async throws {
            #expect(try engine.number("SELECT count(*) FROM bets") == bets)
            #expect(try engine.number("SELECT count(*) FROM duplicate_bets") == duplicates)
            let rows = try engine.rows(
                "SELECT stream_seq FROM rejected_bets WHERE reason = 'id_conflict'"
            )
            #expect(Set(rows.map { Int($0[0]) ?? 0 }) == Set(conflicts.keys))
            try expectOriginalBodies(engine)
            try await expectExactCounters(engine)
        }

        /// The record of a conflict is what was published, byte for byte.
        private func expectOriginalBodies(_ engine: Engine) throws {
            let rows = try engine.rows(
                """
                SELECT stream_seq, convert_from(body, 'UTF8') FROM rejected_bets
                WHERE reason = 'id_conflict'
                """
            )
            for row in rows {
                let message = try engine.manager.message(
                    stream: "bets_stream",
                    sequence: try #require(UInt64(row[0]))
                )
                #expect(message.map { String(decoding: $0.body, as: UTF8.self) } == row[1])
            }
        }

        private func expectExactCounters(_ engine: Engine) async throws {
            for row in try engine.rows("SELECT game_id, count(*) FROM bets GROUP BY game_id") {
                // The first batches of a new system may come before Redis is set up for them.
                let isExact = try await eventually {
                    try engine.oddsUpdates(row[0]) == Int64(row[1])
                }
                #expect(isExact, "\(row[0])")
            }
        }
    }
}

extension RawNATS {
    /// Publishes a bet without waiting.
    ///
    /// - Parameter messageID: what JetStream tells repetitions by; differs from the bet's id here.
    fileprivate func publish(_ bet: BetText, messageID: String) throws {
        try publish(
            "bets",
            headers: "NATS/1.0\r\nNats-Msg-Id: \(messageID)\r\n\r\n",
            body: bet.body
        )
    }
}
