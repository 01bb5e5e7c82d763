import EngineHarness
import Glibc
import TestSupport
import Testing

/// An engine with backends at work and bets coming in at a fixed rate, every one of them in a journal.
struct FaultRun {
    /// Bets a run has stored before the first fault.
    private static let warmUpBets = 1_000
    /// How much longer than planned a phase may be measured: the machine may be busy elsewhere.
    private static let phaseExtension = Duration.seconds(15)

    let engine: Engine
    let backends: [ServerProcess]
    let simulator: ServerProcess
    let journal: String

    /// Starts everything and waits until bets are stored.
    ///
    /// - Parameters:
    ///   - cluster: where the database is made, for a test that stops it.
    ///   - rate: bets a second.
    ///   - environment: the backends' additional settings.
    ///   - settings: those of all programs.
    init(
        on cluster: PostgresServer? = nil,
        backends count: Int = 2,
        rate: Int,
        environment: [String: String] = [:],
        settings: [String: String] = [:]
    ) async throws {
        let engine = try await Engine.start(on: cluster, settings: settings)
        var backends: [ServerProcess] = []
        for number in 1...count {
            backends.append(
                try await engine.startBackend("backend-\(number)", environment: environment)
            )
        }
        try await self.init(on: engine, backends, rate: rate)
    }

    /// Loads an engine whose backends the test has started.
    ///
    /// - Parameter content: the simulator's further arguments.
    init(
        on engine: Engine,
        _ backends: [ServerProcess],
        rate: Int,
        content: [String] = []
    ) async throws {
        self.engine = engine
        self.backends = backends
        journal = engine.file("journal")
        simulator = try engine.simulate(
            [
                "--rate", "\(rate)", "0", "--games", "20", "--selections", "3", "--ack-timeout",
                "2000", "--journal", journal,
            ] + content
        )
        try await outcomes(more: Self.warmUpBets)
    }

    // MARK: Progress

    /// How far publishing and storing have come.
    struct Progress {
        var published: Int
        var outcomes: Int

        /// The share of what was published since `start` that has its outcome.
        func share(since start: Progress) -> Double {
            Double(outcomes - start.outcomes) / Double(max(published - start.published, 1))
        }
    }

    func progress() throws -> Progress {
        Progress(
            published: try engine.lastSequence(),
            outcomes: try engine.number(
                "SELECT coalesce(sum(stored + duplicates + rejected), 0) FROM ingest_totals"
            )
        )
    }

    /// Waits until so many more messages have their outcome.
    func outcomes(more count: Int, within limit: Duration = .seconds(40)) async throws {
        let before = try progress().outcomes
        let isDone = try await eventually(within: limit) {
            try self.progress().outcomes >= before + count
        }
        try #require(isDone, "\(backends.map(\.log))")
    }

    /// Kills NATS and starts it again, each time until so many more messages have their outcome.
    func killNATS(times: Int, thenOutcomes count: Int) async throws {
        for _ in 1...times {
            try await engine.nats.process.stop(SIGKILL)
            try await engine.nats.start()
            try await outcomes(more: count)
        }
    }

    /// Waits until each backend has stored something from now on.
    func allAtWork(within limit: Duration) async throws {
        let before = try engine.storedByPod()
        let areAtWork = try await eventually(within: limit) {
            let now = try engine.storedByPod()
            return now.count == backends.count
                && now.allSatisfy { $0.value > before[$0.key, default: 0] }
        }
        #expect(areAtWork, "\(backends.map(\.log))")
    }

    /// Waits until so many more messages are in the stream, whether or not any is stored.
    func published(more count: Int) async throws {
        let before = try engine.lastSequence()
        let isDone = try await eventually(within: .seconds(40)) {
            try self.engine.lastSequence() >= before + count
        }
        try #require(isDone, "\(simulator.log)")
    }

    /// Lets the load go on for `duration` while `fault` has its effect, and expects that bets were
    /// stored at no less than `share` of the rate at which they were published.
    ///
    /// A pause of the whole machine at the end of the phase is made up for by measuring a little
    /// longer; a backend that is too slow never makes up for it.
    func phase(
        _ name: String,
        lasting duration: Duration,
        share: Double = 0.8,
        fault: () async throws -> Void = {}
    ) async throws {
        let start = try progress()
        let begin = ContinuousClock.now
        try await fault()
        try await lasting(until: begin + duration)
        var end = start
        let isKept = try await eventually(within: Self.phaseExtension) {
            end = try self.progress()
            return end.published > start.published && end.share(since: start) >= share
        }
        let seconds = begin.duration(to: .now) / .seconds(1)
        let rate = Int(Double(end.outcomes - start.outcomes) / seconds)
        print("\(name): \(rate)/s stored, \(end.share(since: start)) of what was published")
        #expect(isKept, "\(name): \(start), \(end)")
    }

    // MARK: The end

    /// Ends the load and waits until everything published has its answer.
    func stopLoad() async throws {
        try await engine.interrupt(simulator)
        try await engine.quiet()
    }

    /// Nothing is lost or doubled, and what is derived agrees.
    func expectCleanAudit() async throws {
        let audit = try await engine.audit(journal: journal)
        #expect(audit.status == 0, "\(audit.output)")
    }

    /// The backends that were started are those that run now.
    func expectNoRestart() {
        for backend in backends {
            #expect(backend.isRunning, "\(backend.log)")
            #expect(backend.log.occurrences(of: "taking bets") == 1)
        }
    }
}

extension String {
    /// How often a text occurs.
    func occurrences(of text: String) -> Int { ranges(of: text).count }
}
