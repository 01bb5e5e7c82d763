import Foundation
import LedgerStore
import TestSupport
import Testing

@testable import Wallet

@Suite(.serialized) struct `The bets API` {
    static let world = Task { try await APIWorld.start() }

    @Test func `takes a bet, and shows it, the balance and the ledger`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("100.5")
        let round = try await world.round()
        let placed = try await world.place(user, round, "\"30.25\"", side: "B")
        #expect(placed.status == 202)
        #expect(placed["status"] == "OPEN")
        #expect(placed["balance"] == "70.25")
        let client = try world.client(user)
        let bet = try await client.get("/api/bets/\(placed["betId"])")
        #expect(bet.status == 200)
        #expect(
            [bet["roundId"], bet["side"], bet["amount"], bet["remaining"], bet["matched"]]
                == [round, "B", "30.25", "30.25", "0"]
        )
        let wallet = try await client.get("/api/wallet")
        #expect([wallet["balance"], wallet["locked"]] == ["70.25", "30.25"])
        let entries = try await client.get("/api/wallet/ledger").list("entries")
        #expect(entries.map { $0["amount"] } == ["-30.25", "100.5"])
        #expect(entries.map { $0["balanceAfter"] } == ["70.25", "100.5"])
        #expect(entries.map { $0["kind"] } == ["BET", "DEPOSIT"])
    }

    @Test func `cancels what is open, once`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("50")
        let placed = try await world.place(user, try await world.round(), "20")
        let client = try world.client(user)
        let path = "/api/bets/\(placed["betId"])/cancel"
        let cancelled = try await client.post(path)
        #expect(cancelled.status == 200)
        #expect([cancelled["refunded"], cancelled["balance"]] == ["20", "50"])
        let again = try await client.post(path)
        #expect(again.status == 409)
        #expect(again.code == "not_cancellable")
        #expect(try await client.get("/api/wallet")["locked"] == "0")
        #expect(try await client.get("/api/bets/\(placed["betId"])")["status"] == "REFUNDED")
    }

    @Test func `lists in pages that go on where the last one ended`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("100")
        let round = try await world.round()
        var placed: [String] = []
        for _ in 0..<5 { placed.append(try await world.place(user, round, "1")["betId"]) }
        let client = try world.client(user)
        for path in ["/api/bets", "/api/bets?status=OPEN"] {
            var seen: [String] = []
            var next = path + (path.contains("?") ? "&" : "?") + "limit=2"
            for _ in 0..<3 {
                let page = try await client.get(next)
                seen += page.list("bets").map { $0["betId"] ?? "" }
                let cursor = page["nextCursor"]
                if cursor.isEmpty { break }
                next = path + (path.contains("?") ? "&" : "?") + "limit=2&cursor=\(cursor)"
            }
            #expect(seen == placed.reversed())
        }
        #expect(try await client.get("/api/bets?status=SETTLED").list("bets").isEmpty)
        let first = try await client.get("/api/wallet/ledger?limit=4")
        let rest = try await client.get(
            "/api/wallet/ledger?limit=4&cursor=\(first["nextCursor"])"
        )
        #expect(first.list("entries").count == 4)
        #expect(rest.list("entries").count == 2)
        #expect(rest["nextCursor"].isEmpty)
    }

    @Test func `lists rounds, newest first, by their state`() async throws {
        let world = try await APIWorld.start()
        let rounds = [try await world.round(), try await world.round(), try await world.round()]
        let admin = try world.operatorClient()
        _ = try await admin.post("/api/admin/rounds/\(rounds[1])/close")
        let user = try world.client(7)
        let first = try await user.get("/api/rounds?limit=2")
        #expect(first.list("rounds").map { $0["roundId"] } == [rounds[2], rounds[1]])
        let cursor = first["nextCursor"].replacingOccurrences(of: ",", with: "%2C")
        let rest = try await user.get("/api/rounds?limit=2&cursor=\(cursor)")
        #expect(rest.list("rounds").map { $0["roundId"] } == [rounds[0]])
        let open = try await user.get("/api/rounds?status=OPEN").list("rounds")
        #expect(open.map { $0["roundId"] } == [rounds[2], rounds[0]])
        #expect(try await user.get("/api/rounds/\(rounds[1])")["status"] == "CLOSED")
    }

    @Test func `lists of a state go on through a long history`() async throws {
        let world = try await APIWorld.start()
        let user = try await world.user("100")
        let round = try await world.round()
        let oldest = try await world.place(user, round, "1")["betId"]
        let newer = 2 * LedgerStore.pageLookMax + 100
        let bets = """
            WITH made AS (
                INSERT INTO placed_bets
                    (number, user_id, id, stake, remaining, refunded, side, round_id)
                SELECT number + n, user_id, gen_random_uuid(), 1, 0, 1, 'A', round_id
                FROM placed_bets, generate_series(1, \(newer)) AS n WHERE user_id = \(user)
                RETURNING 1)
            SELECT count(*) FROM made
            """
        let rounds = """
            WITH made AS (
                INSERT INTO rounds (id, state, closed_at)
                SELECT 'past-' || n, 'CLOSED', now() FROM generate_series(1, \(newer)) AS n
                RETURNING 1)
            SELECT count(*) FROM made
            """
        for sql in [bets, rounds] { #expect(try world.number(sql) == Int64(newer)) }
        let client = try world.client(user)
        for (name, id, wanted) in [("bets", "betId", oldest), ("rounds", "roundId", round)] {
            var pages: [[String]] = []
            var next: String? = ""
            while let cursor = next, pages.count < 9 {
                let page = try await client.get("/api/\(name)?status=OPEN&limit=2" + cursor)
                #expect(page.status == 200, "\(page.text)")
                pages.append(page.list(name).map { $0[id] ?? "" })
                let text = page["nextCursor"].replacingOccurrences(of: ",", with: "%2C")
                next = text.isEmpty ? nil : "&cursor=" + text
            }
            #expect(pages == [[], [], [wanted]], "\(name)")
        }
    }

    @Test func `runs rounds for operators, and each step may come twice`() async throws {
        let world = try await Self.world.value
        let admin = try world.operatorClient()
        let round = try await world.round()
        let create = #"{"id":"\#(round)"}"#
        #expect(try await admin.post("/api/admin/rounds", create).status == 200)
        for _ in 0..<2 {
            let closed = try await admin.post("/api/admin/rounds/\(round)/close")
            #expect(closed.status == 200)
            #expect(closed["status"] == "CLOSED")
        }
        #expect(try await admin.post("/api/admin/rounds", create).code == "round_closed")
        let user = try await world.user("5")
        #expect(try await world.place(user, round, "1").code == "round_closed")
        let path = "/api/admin/rounds/\(round)/result"
        for _ in 0..<2 {
            let resolved = try await admin.post(path, #"{"winner":"A"}"#)
            #expect(resolved.status == 200)
            #expect([resolved["status"], resolved["winner"]] == ["RESOLVED", "A"])
        }
        let other = try await admin.post(path, #"{"winner":"void"}"#)
        #expect([other.status.description, other.code] == ["409", "result_conflict"])
        #expect(try await admin.post("/api/admin/rounds/none/close").code == "round_not_found")
    }

    @Test func `tells a client that nothing has changed`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("9")
        let client = try world.client(user)
        for path in ["/api/wallet", "/api/bets", "/api/wallet/ledger"] {
            let first = try await client.get(path)
            let tag = try #require(first.headers["etag"])
            let same = try await client.get(path, headers: [("If-None-Match", tag)])
            #expect(same.status == 304)
            #expect(same.text.isEmpty)
        }
        let tag = try #require(try await client.get("/api/wallet").headers["etag"])
        _ = try await world.place(user, try await world.round(), "1")
        let changed = try await client.get("/api/wallet", headers: [("If-None-Match", tag)])
        #expect(changed.status == 200)
        #expect(changed["balance"] == "8")
    }

    /// The first of what must be shown: 1,000 bets of 1.00 at once from a wallet of 500.
    @Test func `takes exactly what the wallet has, whoever comes at once`() async throws {
        let world = try await Self.world.value
        let user = try await world.user("500")
        let round = try await world.round()
        let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<1_000 {
                group.addTask {
                    try await world.place(user, round, "1.00", key: "parallel-\(number)").status
                }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
        #expect(statuses == [202: 500, 400: 500])
        let wallet = try await world.client(user).get("/api/wallet")
        #expect([wallet["balance"], wallet["locked"]] == ["0", "500"])
        #expect(try world.number("SELECT count(*) FROM placed_bets WHERE user_id = \(user)") == 500)
    }

    @Test func `answers what it has taken when it is asked to stop`() async throws {
        let world = try await APIWorld.start()
        let user = try await world.user("100")
        let round = try await world.round()
        let replies = await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<50 { group.addTask { try await world.place(user, round, "1").status } }
            group.addTask {
                try await eventually {
                    try world.number("SELECT count(*) FROM placed_bets") > 0
                }
                try await world.stop()
                return 0
            }
            var accepted: Int64 = 0
            while let result = await group.nextResult() {
                if case .success(202) = result { accepted += 1 }
            }
            return accepted
        }
        #expect(try world.number("SELECT count(*) FROM placed_bets") == replies)
    }
}
