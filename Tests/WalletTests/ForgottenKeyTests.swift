import Betting
import Ledger
import PostgresClient
import TestSupport
import Testing

@testable import Wallet

@Suite(.serialized) struct `Bets that gather while a wallet is held` {
    private static let forget =
        "WITH gone AS (DELETE FROM idempotency_keys RETURNING 1) SELECT count(*) FROM gone"

    private static let waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
        """

    /// Asks for a bet on side A and does not wait for the answer: no thread is held up by it.
    private func ask(
        _ world: APIWorld,
        _ user: Int64,
        _ round: String,
        _ amount: String,
        key: String
    ) throws -> TCPClient {
        let body = #"{"roundId":"\#(round)","amount":\#(amount),"side":"A"}"#
        let token = try world.token(user)
        let client = try TCPClient(port: world.port)
        let head = [
            "POST /api/bets HTTP/1.1", "Host: 127.0.0.1", "Connection: close",
            "Authorization: Bearer \(token)", "Content-Type: application/json",
            "Idempotency-Key: \(key)", "Content-Length: \(body.utf8.count)",
        ]
        try client.send(head.joined(separator: "\r\n") + "\r\n\r\n" + body)
        return client
    }

    private func answer(_ client: TCPClient) throws -> String {
        let bytes = try #require(client.readToEnd(within: .seconds(40)))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func isReplayed(_ answer: String) -> Bool {
        answer.lowercased().contains("\r\nidempotent-replayed: true\r\n")
    }

    @Test func `are those they were where their keys are forgotten, and new ones are placed`()
        async throws
    {
        let world = try await APIWorld.start(settings: ["API_PLACERS": "1"])
        let user = try await world.user("100")
        let other = try await world.user("100")
        let poor = try await world.user("5")
        let held = try await world.user("100")
        let round = try await world.round()
        var old: [String] = []
        for number in 0..<3 {
            old.append(try await world.place(user, round, "10", key: "old-\(number)")["betId"])
        }
        let cancelled = try await world.client(user).post("/api/bets/\(old[1])/cancel")
        #expect(cancelled.status == 200)
        #expect(try world.number(Self.forget) == 3)

        let holder = try PostgresConnection(PostgresConfiguration(url: world.url))
        defer { holder.close() }
        _ = try holder.run("BEGIN; SELECT FROM wallets WHERE user_id = \(held) FOR UPDATE")
        let first = try ask(world, held, round, "1", key: "first")
        let isHeld = try await eventually { try world.number(Self.waiting) > 0 }
        #expect(isHeld)
        let late = try (0..<3).map { try ask(world, user, round, "10", key: "old-\($0)") }
        let refused = try ask(world, poor, round, "9", key: "poor")
        let new = try (0..<20).map { try ask(world, other, round, "1", key: "new-\($0)") }
        let areGathered = try await eventually {
            let metrics = try await world.client().get("/metrics").text
            return metrics.contains("\nbetting_placements_waiting 24\n")
        }
        #expect(areGathered)
        holder.close()

        #expect(try answer(first).hasPrefix("HTTP/1.1 202 "))
        for (number, client) in late.enumerated() {
            let text = try answer(client)
            #expect(text.hasPrefix("HTTP/1.1 202 ") && isReplayed(text), "\(text)")
            #expect(text.contains(#""betId":"\#(old[number])""#))
            #expect(text.contains(#""status":"\#(number == 1 ? "REFUNDED" : "OPEN")""#))
            #expect(text.contains(#""balance":"80""#))
        }
        #expect(try answer(refused).contains(#""code":"insufficient_funds""#))
        for client in new {
            let text = try answer(client)
            #expect(text.hasPrefix("HTTP/1.1 202 ") && !isReplayed(text), "\(text)")
        }
        // All of them were placed by one transaction, and nothing was placed twice.
        let commits = "SELECT count(DISTINCT xid) FROM wallet_ledgers WHERE amount = -1"
        #expect(try world.number("\(commits) AND user_id = \(other)") == 1)
        #expect(try world.number("SELECT count(*) FROM placed_bets") == 24)
        for (user, balance) in [(user, "80"), (other, "80"), (poor, "5"), (held, "99")] {
            #expect(try await world.client(user).get("/api/wallet")["balance"] == balance)
        }
        let metrics = try await world.client().get("/metrics").text
        #expect(metrics.contains("\nbetting_placements_total{outcome=\"replayed\"} 3\n"))
        #expect(metrics.contains("\nbetting_placements_total{outcome=\"refused\"} 0\n"))
    }

    @Test func `are refused when the ledger has their stake and nobody has the bet`() async throws {
        let world = try await APIWorld.start()
        let user = try await world.user("100")
        let round = try await world.round()
        let digest = RequestKey.digest(["POST /api/bets", round, "A", "1000000000"])
        let owner = try #require(UserID(user))
        let bet = try #require(RequestKey(text: "taken").betID(user: owner, digest: digest))
        let entries = try world.number(
            """
            WITH t AS (
                INSERT INTO ledger_transactions (kind, idempotent_key)
                VALUES ('BET', 'BET:\(bet)') RETURNING id),
            e AS (
                INSERT INTO wallet_ledgers (transaction_id, account, amount)
                SELECT id, 'house', amount FROM t, (VALUES (1), (-1)) AS v (amount)
                RETURNING 1)
            SELECT count(*) FROM e
            """
        )
        #expect(entries == 2)
        let reply = try await world.place(user, round, "10", key: "taken")
        #expect([reply.status.description, reply.code] == ["409", "bet_refused"])
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "100")
        #expect(try await world.place(user, round, "10", key: "free").status == 202)
    }
}
