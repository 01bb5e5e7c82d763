import EngineHarness
import Foundation
import TestSupport
import Testing

extension Pipeline {
    @Suite struct PlainClientTests {
        @Test func `a bet of any client is stored to the digit and counted once`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let id = UUID().uuidString
            let client = try RawNATS(port: engine.nats.port)
            let text =
                #"{"id":"\#(id)","game_id":"game_123","bet_type":"moneyline","amount":42,"#
                + #""timestamp":"2025-06-01T12:00:00.123456789+02:00"}"#
            try client.publish("bets", body: Array(text.utf8))
            try client.flush()
            try await engine.quiet()
            let rows = try engine.rows(
                """
                SELECT id, game_id, bet_type, selection, amount = 42,
                    to_char(placed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
                    pod_id
                FROM bets
                """
            )
            #expect(
                rows == [
                    [
                        id.lowercased(), "game_123", "moneyline", "-", "t",
                        "2025-06-01T10:00:00.123456Z", "backend-1",
                    ]
                ]
            )
            // Mostly at once; a new system's first bets come before Redis is set up for them.
            let isCounted = try await eventually { try engine.oddsUpdates("game_123") == 1 }
            #expect(isCounted)
            let next = BetText(game: "game_123")
            try client.publish("bets", body: next.body)
            try client.flush()
            try await engine.quiet()
            let isOneHigher = try await eventually { try engine.oddsUpdates("game_123") == 2 }
            #expect(isOneHigher)
            #expect(backend.isRunning)
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }
    }
}
