import EngineHarness
import Foundation
import JetStream
import TestSupport
import Testing
import Threading

extension Faults {
    /// A message that ends every process that looks into it, and messages that are merely there
    /// when a process ends.
    @Suite struct PoisonTests {
        private static let poison = "99999999-9999-4999-8999-999999999999"
        private static let betCount = 300
        /// Four deliveries that nobody suspects, one among others apart, two attempts alone, and one
        /// to spare.
        private static let deathsMax = 8
        private static let poisonSequence = 100

        /// The message ends the process when it is read, or when it is stored.
        @Test(.enabled(if: try !Program.areRelease))
        func `a payload that ends the process is parked alone`() async throws {
            // Each waits for several ack waits: at the same time, on servers of their own.
            async let decoding: Void = expectParked(at: "decoding")
            async let storing: Void = expectParked(at: "storing")
            _ = try await (decoding, storing)
        }

        private func expectParked(at point: String) async throws {
            let engine = try await Engine.start()
            try publish(engine)
            let settings = ["POISON_ID": Self.poison, "POISON_POINT": point]
            var backends: [ServerProcess] = []
            for number in 1...2 {
                let name = ["POD_NAME": "backend-\(number)"]
                backends.append(
                    try engine.begin(.backend, environment: settings.merging(name) { $1 })
                )
            }
            var deaths = 0
            let isDone = try await eventually(within: .seconds(120)) {
                for backend in backends where !backend.isRunning {
                    deaths += 1
                    try backend.start()
                }
                return try engine.outcomeCount() == Self.betCount
            }
            print("\(deaths) processes ended at \(point)")
            #expect(isDone, "\(backends.map(\.log))")
            #expect(deaths >= 2 && deaths <= Self.deathsMax)

            try await engine.quiet()
            let rejected = try engine.rows(
                "SELECT stream_seq, reason, convert_from(body, 'UTF8'), headers FROM rejected_bets"
            )
            try #require(rejected.count == 1, "\(rejected)")
            #expect(rejected[0][0] == "\(Self.poisonSequence)")
            #expect(rejected[0][1] == "poison")
            #expect(rejected[0][2].utf8.elementsEqual(bet(Self.poison)))
            #expect(rejected[0][3] == #"[["Kept", "as it was"]]"#)
            let dead = try engine.messages("dead_letters")
            #expect(dead.map(\.subject) == ["dead.bets.poison"])
            #expect(dead.first?.body == bet(Self.poison))
            #expect(dead.first?.header("Kept") == "as it was")
            #expect(try engine.number("SELECT count(*) FROM bets") == Self.betCount - 1)
            #expect(try engine.rows("SELECT stream_seq FROM poison_attempts").count == 1)
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }

        @Test func `ten backends killed under load park nothing`() async throws {
            let run = try await FaultRun(backends: 3, rate: 1_000)
            for round in 0..<10 {
                let victim = run.backends[round % run.backends.count]
                try await victim.stop(SIGKILL)
                try victim.start()
                try await run.outcomes(more: 500)
            }
            try await run.stopLoad()
            try await run.expectCleanAudit()
            #expect(try run.engine.rows("SELECT * FROM rejected_bets") == [])
            #expect(try run.engine.rows("SELECT * FROM poison_attempts") == [])
        }

        @Test func `thousands that were delivered often are stored at once`() async throws {
            let engine = try await Engine.start()
            let filled = try await engine.finish(engine.simulate(["0", "\(Self.stormCount)"]))
            try #require(filled.status == 0, "\(filled.output)")
            try await sendBack(Self.stormCount, until: 4, engine)
            let begin = ContinuousClock.now
            let backend = try await engine.startBackend("backend-1")
            let isDone = try await eventually(within: .seconds(120)) {
                try engine.outcomeCount() == Self.stormCount
            }
            let time = begin.duration(to: .now)
            print("\(Self.stormCount) messages at their fifth delivery: \(time)")
            #expect(isDone, "\(backend.log)")
            // One by one they would take longer than a minute.
            #expect(time < .seconds(45))
            try await engine.quiet()
            #expect(try engine.rows("SELECT * FROM rejected_bets") == [])
            #expect(try engine.rows("SELECT * FROM poison_attempts") == [])
            let audit = try await engine.audit()
            #expect(audit.status == 0, "\(audit.output)")
        }

        private static let stormCount = 6_000

        /// As a pod that takes all messages and sends them back, until each was delivered so often.
        private func sendBack(_ count: Int, until deliveries: UInt64, _ engine: Engine) async throws
        {
            let connection = engine.connection
            let last = Monitor(Set<UInt64>())
            let consumer = try engine.consumer().configuration
            let subscription = try QueueSubscription(
                on: connection,
                subject: try #require(consumer.deliverSubject),
                group: consumer.deliverGroup,
                pendingMessagesMax: 65_536,
                pendingBytesMax: 64 << 20
            ) { message in
                guard let delivery = message.delivery else { return }
                guard delivery.deliveredCount < deliveries else {
                    last.update { _ = $0.insert(delivery.streamSequence) }
                    return
                }
                var reply = ReplyList(reserving: 1)
                reply.append(message)
                do {
                    try connection.answer(reply, with: .notAcknowledged(delayNanoseconds: nil))
                } catch {
                    Issue.record("\(error)")
                }
            }
            let isDone = try await eventually(within: .seconds(60)) {
                last.withLock { $0.count == count }
            }
            #expect(isDone, "\(last.withLock { $0.count })")
            subscription.leave(drainTimeoutMilliseconds: 0)
        }

        private func publish(_ engine: Engine) throws {
            for sequence in 1...Self.betCount {
                let isPoison = sequence == Self.poisonSequence
                try engine.connection.publish(
                    "bets",
                    body: bet(isPoison ? Self.poison : UUID().uuidString.lowercased()),
                    headers: isPoison ? [("Kept", "as it was")] : []
                )
            }
            try engine.connection.flush(timeoutMilliseconds: 10_000)
            let last = try engine.lastSequence()
            try #require(last == Self.betCount)
        }
    }
}

extension Engine {
    /// Sequences that have their outcome, over all epochs.
    func outcomeCount() throws -> Int {
        try number(
            """
            SELECT (SELECT count(*) FROM bets) + (SELECT count(*) FROM duplicate_bets)
                + (SELECT count(*) FROM rejected_bets)
            """
        )
    }
}
