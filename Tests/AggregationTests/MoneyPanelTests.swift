import Aggregation
import Betting
import Foundation
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

/// The money in an aggregator's frames, as Postgres has it.
struct MoneyPanelTests {
    private static let user = 7

    private func money(_ aggregator: RunningAggregator) async throws -> [String: Any]? {
        let answer = try await HTTPAnswer.get(port: aggregator.port, "/api/snapshot")
        let frame = try JSONSerialization.jsonObject(with: answer.body) as? [String: Any]
        return frame?["money"] as? [String: Any]
    }

    @Test
    func `money is shown once there is a wallet, and what is wrong with it`() async throws {
        let world = try await AggregationWorld.start()
        let aggregator = try RunningAggregator(world.configuration(port: freePort()))
        let isUp = try await eventually {
            try await HTTPAnswer.get(port: aggregator.port, "/api/snapshot").status == 200
        }
        try #require(isUp)
        #expect(try await money(aggregator) == nil)

        let connection = try PostgresConnection(
            LedgerStore.configuration(url: world.databaseURL, applicationName: "test")
        )
        defer { connection.close() }
        let user = try #require(UserID(Int64(Self.user)))
        _ = try LedgerStore(connection)
            .deposit(Money(units: 12_345_000_000), to: user, key: "first")
        let isShown = try await eventually {
            try await money(aggregator)?["deposits_text"] as? String == "123.45000000"
        }
        #expect(isShown)
        let shown = try #require(try await money(aggregator))
        #expect(shown["wallets_text"] as? String == "123.45000000")
        #expect(shown["difference_text"] as? String == "0.00000000")
        #expect(shown["wallets"] as? Int == 1)
        #expect(shown["violations"] as? [String] == [])

        // Somebody's hand in the till.
        _ = try connection.run(
            "UPDATE wallets SET balance = balance + 1, locked_balance = locked_balance + 2"
        )
        _ = try connection.run(
            """
            INSERT INTO bet_outbox (number, bet_id, created_at)
            VALUES (1, gen_random_uuid(), now() - interval '2 minutes')
            """
        )
        let isRed = try await eventually {
            (try await money(aggregator)?["violations"] as? [String])?.count == 3
        }
        #expect(isRed)
        let wrong = try #require(try await money(aggregator))
        #expect(wrong["difference_text"] as? String == "1.00000000")
        let sentences = try #require(wrong["violations"] as? [String])
        #expect(sentences[0].hasSuffix("together are 1.00000000 above what was paid in."))
        #expect(sentences[1].contains("2.00000000 above the open stakes"))
        #expect(sentences[2].contains("to be published"))
        try await aggregator.stop()
    }
}
