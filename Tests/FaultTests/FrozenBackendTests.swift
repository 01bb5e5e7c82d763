import EngineHarness
import Foundation
import JetStream
import PostgresClient
import TestSupport
import Testing

extension Faults {
    /// A backend that stands still in the middle of its work: others store what it held, and when
    /// it goes on nothing is doubled.
    @Suite struct FrozenBackendTests {
        private static let rate = 1_000
        private static let frozenFor = Duration.seconds(15)
        /// From the freeze until what the backend held is stored by others.
        private static let handoverMax = Duration.seconds(25)

        @Test func `others work on beside a frozen backend, and it doubles nothing later`()
            async throws
        {
            let run = try await FaultRun(backends: 3, rate: Self.rate)
            let victim = try await freezeInTransaction(run)
            let frozenAt = ContinuousClock.now
            let held = try run.engine.lastSequence()
            try await run.outcomes(more: 4_000)
            try await expectOutcomes(through: held, since: frozenAt, run.engine)
            try await lasting(until: frozenAt + Self.frozenFor)
            let stored = try run.engine.storedByPod()[victim.name]
            #expect(victim.process.isRunning)
            victim.process.kill(SIGCONT)

            let isTriedAgain = try await eventually(within: .seconds(20)) {
                victim.process.log.contains("is tried again")
            }
            #expect(isTriedAgain, "\(victim.process.log)")
            let isBack = try await eventually(within: .seconds(20)) {
                try run.engine.storedByPod()[victim.name, default: 0] > stored ?? 0
            }
            #expect(isBack, "\(victim.process.log)")
            try await run.stopLoad()
            #expect(try run.engine.redeliveries() > 0)
            try await run.expectCleanAudit()
            run.expectNoRestart()
        }

        @Test func `a backend frozen inside an open COPY is put aside, and doubles nothing later`()
            async throws
        {
            let frozen = try await FrozenCopy.make()
            let engine = frozen.engine
            var others: [ServerProcess] = []
            for number in 2...3 {
                others.append(
                    try await engine.startBackend(
                        "backend-\(number)",
                        environment: FrozenCopy.settings
                    )
                )
            }
            try await expectOutcomes(
                through: FrozenCopy.betCount,
                since: frozen.frozenAt,
                engine
            )
            let lines = others.map(\.log).joined()
                .occurrences(of: "ended the sessions of backends that stand still")
            #expect(lines >= 1)

            #expect(frozen.backend.isRunning)
            frozen.backend.kill(SIGCONT)
            let isTriedAgain = try await eventually(within: .seconds(20)) {
                frozen.backend.log.contains("is committed")
            }
            #expect(isTriedAgain, "\(frozen.backend.log)")
            try await engine.quiet()
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
            for backend in others + [frozen.backend] {
                #expect(backend.isRunning, "\(backend.log)")
            }
        }

        /// What a frozen backend is to the server, twice: it knows no better than to deliver to
        /// them.
        @Test func `members that take bets and never answer do not keep them`() async throws {
            let engine = try await Engine.start()
            let epoch = try engine.manager.streamInfo("bets_stream")?.createdNanoseconds ?? 0
            let members = try (1...2).map { _ in
                try QueueSubscription(
                    on: engine.connection,
                    subject: "_bets.deliver.\(epoch)",
                    group: "betting-engine-group",
                    pendingMessagesMax: 10_000,
                    pendingBytesMax: 8 << 20
                ) { _ in }
            }
            let backend = try await engine.startBackend("backend-1")
            let count = 500
            for _ in 1...count {
                try engine.connection.publish("bets", body: bet(UUID().uuidString.lowercased()))
            }
            let begin = ContinuousClock.now
            let isDone = try await eventually(within: .seconds(90)) {
                try engine.outcomeCount() == count
            }
            print("stored beside \(members.count) deaf members in \(begin.duration(to: .now))")
            #expect(isDone, "\(backend.log)")
            #expect(try engine.number("SELECT count(*) FROM bets") == count)
            for member in members { member.leave(drainTimeoutMilliseconds: 1_000) }
            try await engine.quiet()
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
            #expect(backend.isRunning, "\(backend.log)")
        }

        /// Waits until every sequence up to `last` has its outcome, and expects that in time.
        private func expectOutcomes(
            through last: Int,
            since begin: ContinuousClock.Instant,
            _ engine: Engine
        ) async throws {
            let limit = Self.handoverMax - begin.duration(to: .now)
            var count = 0
            let isDone = try await eventually(within: limit) {
                count = try engine.number(
                    """
                    SELECT (SELECT count(*) FROM bets
                            WHERE stream_epoch > 1 AND stream_seq <= \(last))
                        + (SELECT count(*) FROM duplicate_bets WHERE stream_seq <= \(last))
                        + (SELECT count(*) FROM rejected_bets WHERE stream_seq <= \(last))
                    """
                )
                return count == last
            }
            print("\(count) of \(last) after \(begin.duration(to: .now))")
            #expect(isDone)
        }

        private struct Victim {
            let name: String
            let process: ServerProcess
        }

        /// Freezes the backend that has sent a batch to Postgres and waits for the answer: one of its
        /// rows has to wait for a row of the test's own with the same id, which is then withdrawn.
        private func freezeInTransaction(_ run: FaultRun) async throws -> Victim {
            let id = UUID().uuidString.lowercased()
            let session = try run.engine.database()
            _ = try session.run("BEGIN; \(insertionOfBet(id))")
            defer { _ = try? session.run("ROLLBACK") }
            _ = try run.engine.connection.publishAcknowledged(
                "bets",
                body: bet(id),
                messageID: id,
                timeoutMilliseconds: 5_000
            )
            var waiting: [[String]] = []
            try await eventually {
                waiting = try run.engine.rows(
                    """
                    SELECT pg_stat_clear_snapshot();
                    SELECT right(application_name, 1) FROM pg_stat_activity
                    WHERE application_name LIKE 'backend backend-_'
                    AND pg_backend_pid() = ANY (pg_blocking_pids(pid))
                    """
                )
                return !waiting.isEmpty
            }
            let number = try #require(waiting.first.flatMap { Int($0[0]) })
            let victim = Victim(name: "backend-\(number)", process: run.backends[number - 1])
            try await victim.process.freeze()
            return victim
        }
    }
}
