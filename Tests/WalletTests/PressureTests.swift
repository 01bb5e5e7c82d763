import Foundation
import PostgresClient
import TestSupport
import Testing
import Threading

@testable import Wallet

/// More than can be worked off: a lock in the database holds everything up for as long as the test
/// wants.
@Suite(.serialized) struct `Under pressure the API` {
    /// Holds a user's wallet until it is let go.
    private final class HeldWallet {
        private let connection: PostgresConnection

        init(_ world: APIWorld, _ user: Int64) throws {
            connection = try PostgresConnection(PostgresConfiguration(url: world.url))
            _ = try connection.run(
                "BEGIN; SELECT FROM wallets WHERE user_id = \(user) FOR UPDATE"
            )
        }

        func letGo() { connection.close() }
    }

    /// Sessions of the test's database that wait for a lock.
    private static let waiting = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
        """

    @Test func `refuses bets beyond its queue at once, and places those it took`() async throws {
        let world = try await APIWorld.start(settings: [
            "API_PLACERS": "1", "PLACE_GROUP_MAX": "1", "PLACE_QUEUE_MAX": "2",
        ])
        let user = try await world.user("100")
        let round = try await world.round()
        let wallet = try HeldWallet(world, user)
        let refused = Monitor(0)
        let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
            for number in 0..<8 {
                group.addTask {
                    let reply = try await world.place(user, round, "1", key: "p\(number)")
                    if reply.status == 429 { refused.update { $0 += 1 } }
                    return reply
                }
            }
            // One is being placed and two wait, at most.
            let areRefused = try await eventually { refused.withLock { $0 } >= 5 }
            #expect(areRefused)
            wallet.letGo()
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let full = replies.filter { $0.status == 429 }
        #expect(full.allSatisfy { $0.code == "queue_full" && $0.headers["retry-after"] != nil })
        let placed = replies.filter { $0.status == 202 }
        #expect(placed.count + full.count == 8)
        #expect(!placed.isEmpty)
        #expect(try world.number("SELECT count(*) FROM placed_bets") == Int64(placed.count))
    }

    @Test func `takes bets again after a slow one`() async throws {
        let world = try await APIWorld.start(settings: [
            "API_PLACERS": "1", "PLACE_WAIT_MS": "10",
        ])
        let user = try await world.user("100")
        let round = try await world.round()
        let wallet = try HeldWallet(world, user)
        let begun = ContinuousClock.now
        async let slow = world.place(user, round, "1")
        let isSlow = try await eventually {
            try world.number(Self.waiting) > 0 && begun.duration(to: .now) > .milliseconds(50)
        }
        wallet.letGo()
        #expect(isSlow)
        #expect(try await slow.status == 202)
        #expect(try await world.place(user, round, "1").status == 202)
    }

    @Test func `answers others while one wallet is held`() async throws {
        let world = try await APIWorld.start()
        let held = try await world.user("100")
        let free = try await world.user("100")
        let round = try await world.round()
        let wallet = try HeldWallet(world, held)
        async let waiting = world.place(held, round, "1")
        #expect(try await world.client(free).get("/api/wallet").status == 200)
        #expect(try await world.client(held).get("/api/wallet").status == 200)
        wallet.letGo()
        #expect(try await waiting.status == 202)
    }

    @Test func `tells that the same deposit is being worked on`() async throws {
        let world = try await APIWorld.start()
        let user = try await world.user("100")
        let admin = try world.operatorClient()
        let wallet = try HeldWallet(world, user)
        let body = #"{"userId":\#(user),"amount":5}"#
        async let first = admin.post("/api/admin/deposits", body, key: "slow")
        let isWaiting = try await eventually { try world.number(Self.waiting) > 0 }
        #expect(isWaiting)
        let second = try await admin.post("/api/admin/deposits", body, key: "slow")
        #expect([second.status.description, second.code] == ["409", "request_in_progress"])
        #expect(second.headers["retry-after"] == "1")
        wallet.letGo()
        #expect(try await first.status == 201)
        let third = try await admin.post("/api/admin/deposits", body, key: "slow")
        #expect(third.headers["idempotent-replayed"] == "true")
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "105")
    }

    @Test func `takes no bets while too many of those placed wait to be published`() async throws {
        let world = try await APIWorld.start(settings: ["OUTBOX_MAX": "2"])
        let user = try await world.user("1000")
        let round = try await world.round()
        var placed = 0
        var refusal: Reply?
        let isRefused = try await eventually {
            let reply = try await world.place(user, round, "1", key: "o\(placed)")
            if reply.status == 202 { placed += 1 } else { refusal = reply }
            return refusal != nil
        }
        #expect(isRefused && placed > 2)
        #expect(refusal?.status == 503 && refusal?.code == "publishing_behind")
        #expect(refusal?.headers["retry-after"] == "5")
        #expect(try world.number("SELECT count(*) FROM placed_bets") == Int64(placed))
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "\(1_000 - placed)")
        // A worker publishes.
        _ = try world.number(
            "WITH sent AS (DELETE FROM bet_outbox RETURNING 1) SELECT count(*) FROM sent"
        )
        let isTaken = try await eventually {
            try await world.place(user, round, "1", key: "o\(placed)").status == 202
        }
        #expect(isTaken)
    }

    @Test func `takes an outbox that cannot be counted in time for full, and answers all else`()
        async throws
    {
        let world = try await APIWorld.start()
        let user = try await world.user("100")
        let round = try await world.round()
        let holder = try PostgresConnection(PostgresConfiguration(url: world.url))
        _ = try holder.run("BEGIN; LOCK TABLE bet_outbox")
        let isRefused = try await eventually {
            // What the statement timeout would do after seconds.
            _ = try world.number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE CASE WHEN datname = current_database() AND wait_event_type = 'Lock'
                    THEN pg_cancel_backend(pid) END
                """
            )
            let metrics = try await world.client().get("/metrics").text
            return metrics.contains("\nbetting_api_outbox_bets 1000001\n")
        }
        #expect(isRefused)
        #expect(try await world.place(user, round, "1").code == "publishing_behind")
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "100")
        holder.close()
        let isTaken = try await eventually {
            try await world.place(user, round, "1", key: "again").status == 202
        }
        #expect(isTaken)
    }

    @Test func `has threads that take no more than their queue holds, and end`() {
        let gate = Monitor(false)
        let done = Monitor(0)
        let workers = Workers(
            name: "test",
            threads: 1,
            queueMax: 2,
            waitMax: .seconds(600),
            beat: { _ in }
        )
        @Sendable func work() {
            gate.wait { $0 ? .done(()) : .wait }
            done.update { $0 += 1 }
        }
        var taken = 0
        // One is taken out of the queue at some moment.
        while taken < 3 { if workers.run({ work() }, tooLate: {}) { taken += 1 } }
        let isTakenWhenFull = workers.run({ work() }, tooLate: {})
        #expect(!isTakenWhenFull)
        #expect(workers.waiting == 2)
        gate.update { $0 = true }
        #expect(workers.stop(atMost: .seconds(10)))
        #expect(done.withLock { $0 } == 3)
        let isTakenAtTheEnd = workers.run({ work() }, tooLate: {})
        #expect(!isTakenAtTheEnd)
    }

    @Test func `has threads that do not begin what nobody waits for any more`() {
        let begin = ContinuousClock.now
        let time = Monitor(begin)
        let gate = Monitor(false)
        let done = Monitor<[String]>([])
        let workers = Workers(
            name: "test",
            threads: 1,
            queueMax: 3,
            waitMax: .seconds(35),
            now: { time.withLock { $0 } },
            beat: { _ in }
        )
        @Sendable func offer(_ name: String) -> Bool {
            workers.run(
                {
                    done.update { $0.append(name) }
                    if name == "first" { gate.wait { $0 ? .done(()) : .wait } }
                },
                tooLate: { done.update { $0.append(name + " too late") } }
            )
        }
        #expect(offer("first"))
        // It is being worked on, and keeps the others waiting.
        let isBegun = done.wait(atMost: Duration.seconds(10)) { $0.isEmpty ? nil : true }
        #expect(isBegun == true)
        #expect(offer("second"))
        time.update { $0 = begin + .seconds(1) }
        #expect(offer("third"))
        time.update { $0 = begin + .seconds(35) }
        gate.update { $0 = true }
        #expect(workers.stop(atMost: .seconds(10)))
        #expect(done.withLock { $0 } == ["first", "second too late", "third"])
    }

    @Test func `tells a database that takes too long from one that is away`() async throws {
        let world = try await APIWorld.start()
        let user = try await world.user("100")
        let bet = try await world.place(user, try await world.round(), "1")["betId"]
        let client = try world.client(user)
        let wallet = try HeldWallet(world, user)
        async let slow = client.post("/api/bets/\(bet)/cancel")
        // What the statement timeout would do after seconds.
        let isEnded = try await eventually {
            try world.number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE CASE WHEN datname = current_database() AND wait_event_type = 'Lock'
                    THEN pg_cancel_backend(pid) END
                """
            ) > 0
        }
        #expect(isEnded)
        let reply = try await slow
        #expect([reply.status.description, reply.code] == ["503", "busy"])
        #expect(reply.headers["retry-after"] == "1")
        wallet.letGo()
        #expect(try await client.post("/api/bets/\(bet)/cancel").status == 200)
    }
}
