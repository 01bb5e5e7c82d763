import Betting
import EngineHarness
import Foundation
import Glibc
import JetStream
import Ledger
import LedgerStore
import PostgresClient
import TestSupport
import Testing

extension Pipeline {
    /// Workers beside a running engine: placed bets become matches, payments and messages.
    @Suite struct WorkerTests {
        private static let stake = Money(units: 10 * Money.unitsPerWhole)

        private func store(_ engine: Engine) throws -> LedgerStore {
            LedgerStore(
                try PostgresConnection(
                    LedgerStore.configuration(
                        url: engine.address(of: "postgres"),
                        applicationName: "test"
                    )
                )
            )
        }

        /// A round in which users 1 and 2 have bet against each other.
        private func placeTwo(_ store: LedgerStore, in name: String) throws -> Identifier {
            let round = try #require(Identifier(name))
            _ = try store.createRound(round)
            var placements: [Placement] = []
            for (number, side) in [(Int64(1), Side.a), (2, .b)] {
                let user = try #require(UserID(number))
                _ = try store.deposit(Self.stake, to: user, key: "\(name) \(number)")
                placements.append(
                    Placement(
                        betID: try #require(BetID(UUID().uuidString)),
                        user: user,
                        round: round,
                        side: side,
                        stake: Self.stake,
                        key: IdempotencyKey(endpoint: "test", text: "\(name) \(number)"),
                        requestHash: [1]
                    )
                )
            }
            let outcomes = try store.placeBets(placements) { _, balance in
                StoredAnswer(status: 202, body: "\(balance)")
            }
            for outcome in outcomes {
                guard case .accepted = outcome else { throw FixtureError("\(outcome)") }
            }
            return round
        }

        @Test func `placed bets are matched, counted in the odds, paid and shown`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let worker = try engine.beginWorker("worker-1")
            let store = try store(engine)
            let round = try placeTwo(store, in: "round-1")
            // A wake-up that nobody needs, and one that is sent.
            try engine.connection.publish("jobs.wake", body: [])
            let matched = "SELECT count(*) FROM placed_bets WHERE state = 'MATCHED'"
            #expect(try await eventually { try engine.number(matched) == 2 }, "\(worker.log)")
            #expect(try await eventually { try engine.oddsUpdates("round-1") == 2 })
            let stored =
                "SELECT count(*) FROM bets WHERE bet_type = 'matched' AND selection IN ('A', 'B')"
            #expect(try engine.number(stored) == 2)
            _ = try store.resolveRound(round, .b)
            let paid = "SELECT count(*) FROM wallets WHERE user_id = 2 AND balance = 20"
            #expect(try await eventually { try engine.number(paid) == 1 }, "\(worker.log)")
            // Closed before anybody looked: matched all the same.
            _ = try store.closeRound(try placeTwo(store, in: "round-2"))
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")

            let port = try await worker.httpPort()
            let document = try MetricsDocument()
            var differences: [String] = []
            let agrees = try await eventually {
                let text = try await HTTPAnswer.get(port: port, "/metrics").text
                let exposition = try Exposition(text)
                differences = document.differences(from: exposition, process: "worker")
                return differences.isEmpty && exposition.value("betting_matches_total") == 2
            }
            #expect(agrees, "\(differences)")
            for path in ["/livez", "/readyz"] {
                #expect(try await HTTPAnswer.get(port: port, path).status == 200)
            }
            let text = try await HTTPAnswer.get(port: port, "/metrics").text
            #expect(try Promtool.complaints(about: text) ?? "" == "")
            try await worker.stop()
            #expect(worker.exitStatus == 0, "\(worker.log)")
            #expect(backend.isRunning)
        }

        @Test func `betting goes on while NATS is away, and the outbox drains when it is back`()
            async throws
        {
            let engine = try await Engine.start()
            let worker = try engine.beginWorker("worker-1")
            let store = try store(engine)
            _ = try placeTwo(store, in: "round-1")
            let waiting = "SELECT count(*) FROM bet_outbox"
            #expect(try await eventually { try engine.number(waiting) == 0 }, "\(worker.log)")
            try await engine.nats.process.stop()
            let round = try placeTwo(store, in: "round-2")
            let matched = "SELECT count(*) FROM matches"
            #expect(try await eventually { try engine.number(matched) == 2 }, "\(worker.log)")
            _ = try store.resolveRound(round, .a)
            let paid = "SELECT count(*) FROM matches WHERE state = 'SETTLED'"
            #expect(try await eventually { try engine.number(paid) == 1 }, "\(worker.log)")
            #expect(try engine.number(waiting) == 2)
            try await engine.nats.start()
            #expect(try await eventually { try engine.number(waiting) == 0 }, "\(worker.log)")
            #expect(worker.isRunning, "\(worker.log)")
        }

        @Test func `a bet that nobody matches comes back after a while`() async throws {
            let engine = try await Engine.start()
            let worker = try engine.beginWorker("worker-1", environment: ["REFUND_AFTER": "1"])
            let store = try store(engine)
            let round = try #require(Identifier("round-1"))
            let user = try #require(UserID(1))
            _ = try store.createRound(round)
            _ = try store.deposit(Self.stake, to: user, key: "k")
            let placement = Placement(
                betID: try #require(BetID(UUID().uuidString)),
                user: user,
                round: round,
                side: .a,
                stake: Self.stake,
                key: IdempotencyKey(endpoint: "test", text: "k"),
                requestHash: [1]
            )
            _ = try store.placeBets([placement]) { _, _ in StoredAnswer(status: 202, body: "") }
            let isBack = try await eventually {
                try store.bet(placement.betID, of: user)?.state == .refunded
            }
            #expect(isBack, "\(worker.log)")
            #expect(try store.wallet(of: user).balance == MoneySum(Self.stake))
        }

        @Test func `what a stream lost before it was stored is published again`() async throws {
            let engine = try await Engine.start()
            let backend = try await engine.startBackend("backend-1")
            let store = try store(engine)
            _ = try placeTwo(store, in: "lost")
            // As if the stream had acknowledged them, and lost its end.
            #expect(try store.relayOutbox(limit: 10) { $0.map(\.number) }.sent == 2)
            _ = try placeTwo(store, in: "kept")
            let worker = try engine.beginWorker("worker-1")
            let stored = "SELECT count(*) FROM bets"
            #expect(try await eventually { try engine.number(stored) == 2 }, "\(worker.log)")
            let violated = try await engine.run(.betctl, ["audit", "--timeout", "2s"])
            #expect(violated.status == 1 && violated.output.contains("M1"), "\(violated.output)")
            let again = try await engine.run(.betctl, ["queue", "republish"])
            #expect(again.output.contains("2 bets are in the outbox again"), "\(again.output)")
            #expect(try await eventually { try engine.number(stored) == 4 }, "\(backend.log)")
            let nothing = try await engine.run(.betctl, ["queue", "republish"])
            #expect(nothing.output.contains("0 bets are in the outbox again"))
            let audit = try await engine.run(.betctl, ["audit"])
            #expect(audit.status == 0, "\(audit.output)")
        }

        @Test func `a worker that NATS has refused for good ends, and does not look alive`()
            async throws
        {
            let engine = try await Engine.start()
            let worker = try engine.beginWorker("worker-1")
            try await engine.ready(worker)
            try engine.nats.reload(configuration: "authorization { user: other, password: pw }")
            let status = try await worker.waitForExit()
            #expect(status != nil && status != 0, "\(worker.log)")
            try engine.nats.reload(configuration: "")
            _ = try placeTwo(try store(engine), in: "round-1")
            let next = try engine.beginWorker("worker-1")
            let waiting = "SELECT count(*) FROM bet_outbox"
            #expect(try await eventually { try engine.number(waiting) == 0 }, "\(next.log)")
        }

        @Test func `an outbox that cannot be counted in time keeps a worker from nothing else`()
            async throws
        {
            let engine = try await Engine.start()
            let store = try store(engine)
            let holder = try self.store(engine).connection
            defer { holder.close() }
            _ = try holder.run("BEGIN; LOCK TABLE bet_outbox")
            _ = try store.connection.run(
                """
                INSERT INTO idempotency_keys
                    (user_id, created_at, status, endpoint, key, request_hash, body)
                SELECT 1, now() - interval '25 h', 202, 'test', 'key ' || n, '\\x01', '{}'
                FROM generate_series(1, 30000) AS n
                """
            )
            let worker = try engine.beginWorker("worker-1")
            let keys = "SELECT count(*) FROM idempotency_keys"
            let isDone = try await eventually {
                // What the statement timeout would do after seconds.
                _ = try engine.number(
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE CASE WHEN datname = current_database() AND wait_event_type = 'Lock'
                        THEN pg_cancel_backend(pid) END
                    """
                )
                return try engine.number(keys) == 0
            }
            #expect(isDone, "\(worker.log)")
            try await engine.ready(worker)
        }

        @Test func `operators see wallets, rounds and the queue`() async throws {
            let engine = try await Engine.start()
            let store = try store(engine)
            let round = try placeTwo(store, in: "round-1")
            for (command, wanted) in [
                (["wallets"], "open stakes  20"), (["wallets", "1"], "locked 10"),
                (["unsettled"], "round-1"), (["queue"], "outbox: 2 bets"),
            ] {
                let result = try await engine.run(.betctl, command)
                #expect(result.status == 0 && result.output.contains(wanted), "\(result.output)")
            }
            _ = try store.connection.run("UPDATE jobs SET state = 'DEAD', last_error = 'why'")
            let dead = try await engine.run(.betctl, ["queue"])
            #expect(dead.output.contains("match:") && dead.output.contains("why"), "\(dead.output)")
            let revived = try await engine.run(.betctl, ["queue", "revive"])
            #expect(revived.output.contains("revived 2 jobs"), "\(revived.output)")
            let worker = try engine.beginWorker("worker-1")
            let matched = "SELECT count(*) FROM matches"
            #expect(try await eventually { try engine.number(matched) == 1 }, "\(worker.log)")
            #expect(try store.round(round)?.state == .open)
        }
    }
}
