import Betting
import Foundation
import Ledger
import TestSupport
import Testing

@testable import Wallet

@Suite(.serialized) struct `The same request twice` {
    static let world = Task { try await APIWorld.start() }

    @Test func `is one bet, with one answer for all, also ten times at once`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("100")
        let round = try await world.round()
        let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
            for _ in 0..<10 {
                group.addTask { try await world.place(user, round, "10", key: "ten times") }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(replies.map(\.text)).count == 1)
        #expect(replies.allSatisfy { $0.status == 202 })
        let firsts = replies.filter { $0.headers["idempotent-replayed"] == nil }
        #expect(firsts.count == 1)
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "90")
    }

    @Test func `is the same however it is written, and another one is refused`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("100")
        let round = try await world.round()
        let client = try world.client(user)
        let first = try await world.place(user, round, "10", key: "k")
        let same = try await client.post(
            "/api/bets",
            #"{ "side":"A", "amount":"1e1", "roundId":"\#(round)" }"#,
            key: "k"
        )
        #expect(same.text == first.text)
        #expect(same.headers["idempotent-replayed"] == "true")
        for (amount, side) in [("11", "A"), ("10", "B")] {
            let other = try await world.place(user, round, amount, side: side, key: "k")
            #expect([other.status.description, other.code] == ["422", "idempotency_key_reused"])
        }
        #expect(try await client.get("/api/wallet")["balance"] == "90")
        // Keys are a user's own.
        let neighbour = try await world.user("100")
        let theirs = try await world.place(neighbour, round, "10", key: "k")
        #expect(theirs.status == 202)
        #expect(theirs["betId"] != first["betId"])
    }

    @Test func `that was refused may succeed later`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("5")
        let round = try await world.round()
        #expect(try await world.place(user, round, "8", key: "later").code == "insufficient_funds")
        _ = try await world.operatorClient().post(
            "/api/admin/deposits",
            #"{"userId":\#(user),"amount":5}"#,
            key: "later-\(user)"
        )
        let reply = try await world.place(user, round, "8", key: "later")
        #expect(reply.status == 202)
        #expect(reply["balance"] == "2")
    }

    @Test func `is the same bet also when its key was forgotten`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("100")
        let round = try await world.round()
        let first = try await world.place(user, round, "10", key: "old")
        _ = try world.number("DELETE FROM idempotency_keys RETURNING 1")
        let late = try await world.place(user, round, "10", key: "old")
        #expect(late.status == 202)
        #expect(late["betId"] == first["betId"])
        #expect(late.headers["idempotent-replayed"] == "true")
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "90")
    }

    @Test func `is the same bet also when the round has closed and the balance has gone`()
        async throws
    {
        let world = try await Self.world.value
        let user = try await world.user("30")
        let round = try await world.round()
        let first = try await world.place(user, round, "20", key: "older")
        let admin = try world.operatorClient()
        for isClosed in [false, true] {
            if isClosed {
                #expect(try await admin.post("/api/admin/rounds/\(round)/close").status == 200)
            }
            _ = try world.number(
                "WITH gone AS (DELETE FROM idempotency_keys RETURNING 1) SELECT count(*) FROM gone"
            )
            let late = try await world.place(user, round, "20", key: "older")
            #expect(late.status == 202, "\(late.text)")
            #expect(late["betId"] == first["betId"])
            #expect(late.headers["idempotent-replayed"] == "true")
            // What was never placed is refused as before.
            let other = try await world.place(user, round, "20", key: "never")
            #expect(other.code == (isClosed ? "round_closed" : "insufficient_funds"))
        }
        #expect(try world.number("SELECT count(*) FROM placed_bets WHERE user_id = \(user)") == 1)
    }

    @Test func `deposits once`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("0")
        let admin = try world.operatorClient()
        func deposit(_ amount: String) async throws -> Reply {
            try await admin.post(
                "/api/admin/deposits",
                #"{"userId":\#(user),"amount":\#(amount)}"#,
                key: "deposit-\(user)"
            )
        }
        let first = try await deposit("7.5")
        #expect([first.status.description, first["balance"]] == ["201", "7.5"])
        let again = try await deposit("7.50")
        #expect([again.status.description, again["balance"]] == ["201", "7.5"])
        #expect(again.headers["idempotent-replayed"] == "true")
        #expect(try await deposit("8").code == "idempotency_key_reused")
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "7.5")
    }

    @Test func `has a bet's id that follows from user, key and content`() throws {
        let user = try #require(UserID(7))
        let other = try #require(UserID(8))
        let digest = RequestKey.digest(["a", "b"])
        func id(_ key: String, _ user: UserID, _ digest: [UInt8]) -> BetID? {
            RequestKey(text: key).betID(user: user, digest: digest)
        }
        let ids = [
            id("k", user, digest), id("l", user, digest), id("k", other, digest),
            id("k", user, RequestKey.digest(["ab", ""])),
        ]
        #expect(Set(ids).count == 4)
        #expect(ids[0] == id("k", user, digest))
        let text = try #require(ids[0]?.description)
        #expect(Array(text)[14] == "8")
        #expect("89ab".contains(Array(text)[19]))
    }
}
