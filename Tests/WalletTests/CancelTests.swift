import Betting
import LedgerStore
import PostgresClient
import Testing

@testable import Wallet

@Suite(.serialized) struct `A bet that is cancelled again` {
    @Test func `is answered with what was paid back, if anything was`() async throws {
        let world = try await APIWorld.start()
        let user = try await world.user("100")
        let opponent = try await world.user("100")
        let round = try await world.round()
        let bet = try await world.place(user, round, "100")["betId"]
        let matched = try await world.place(opponent, round, "60", side: "B")["betId"]
        let store = LedgerStore(
            try PostgresConnection(
                LedgerStore.configuration(url: world.url, applicationName: "tests")
            )
        )
        defer { store.connection.close() }
        // As a worker does.
        let id = try #require(Identifier(round))
        #expect(try store.matchAll(id) == 1)
        let client = try world.client(user)
        let cancelled = try await client.post("/api/bets/\(bet)/cancel")
        #expect([cancelled["refunded"], cancelled["balance"]] == ["40", "40"])
        for _ in 0..<2 {
            let again = try await client.post("/api/bets/\(bet)/cancel")
            #expect([again.status.description, again.code] == ["409", "not_cancellable"])
            #expect(again["detail"] == "Nothing of the bet is left to cancel: 40 was paid back.")
        }
        let other = try await world.client(opponent).post("/api/bets/\(matched)/cancel")
        #expect([other.status.description, other.code] == ["409", "not_cancellable"])
        #expect(other["detail"] == "Nothing of the bet is left to cancel.")
        #expect(try await client.get("/api/wallet")["balance"] == "40")
    }
}
