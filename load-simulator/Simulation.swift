import Glibc
import JetStream
import NATSAccess
import ServiceKit
import Threading
import Statistics

/// A run from the first connection to the exit status.
struct Simulation {
    private let job: Job
    private let senders: [Sender]
    private let run: RunState
    private let started = MonotonicClock.nanoseconds()

    /// Runs and returns the exit status of the process: 0 when everything was acknowledged, 1 when not,
    /// 2 when the options do not go together, 78 when a setting is wrong, 128 and the signal's number after a signal.
    static func run(_ options: Options, _ environment: Environment) -> Int32 {
        let nats: NATSConfiguration
        do throws(ConfigurationError) {
            nats = try NATSConfiguration(environment, role: .publisher, name: "load-simulator")
        } catch {
            Terminal.complain("load-simulator: \(error)")
            return EX_CONFIG
        }
        do throws(JournalError) {
            let job =
                if let path = options.resume {
                    try Job(resuming: path, options)
                } else {
                    try Job(new: options)
                }
            if job.isResumed, job.count == 0 {
                Terminal.complain("every message of the journal has its answer")
                return 0
            }
            return try start(job, nats)
        } catch {
            Terminal.complain("load-simulator: \(error)")
            return 2
        }
    }

    private static func start(_ job: Job, _ nats: NATSConfiguration) throws(JournalError) -> Int32 {
        let run = RunState()
        BlockingThread.start("signals") { obeySignals(run) }
        let senders: [Sender]
        do throws(JetStreamError) {
            senders = try connect(job, nats, run)
        } catch {
            Terminal.complain("load-simulator: \(error)")
            return 1
        }
        Terminal.complain("seed \(job.seed)\(job.isResumed ? ", \(job.count) to send again" : "")")
        let simulation = Simulation(job: job, senders: senders, run: run)
        simulation.watch()
        for sender in senders { sender.close() }
        try job.journal?.flush()
        return simulation.finish()
    }

    /// The first signal stops the run; a later one ends the process without waiting for anything. What
    /// comes within a second of the first is the same one, sent to the process and to its group.
    private static func obeySignals(_ run: RunState) {
        run.stop(signal: TerminationSignals.wait())
        let stopped = MonotonicClock.nanoseconds()
        while true {
            let signal = TerminationSignals.wait()
            if MonotonicClock.nanoseconds() - stopped > 1_000_000_000 {
                Terminal.leave(128 + signal)
            }
        }
    }

    private static func connect(
        _ job: Job,
        _ nats: NATSConfiguration,
        _ run: RunState
    ) throws(JetStreamError) -> [Sender] {
        var senders: [Sender] = []
        for number in 1...job.options.connections {
            senders.append(try Sender(job, number: number, nats: nats, run: run))
        }
        for sender in senders { try sender.refreshEpoch() }
        return senders
    }

    private init(job: Job, senders: [Sender], run: RunState) {
        self.job = job
        self.senders = senders
        self.run = run
    }

    /// Starts the senders and shows how it goes until the last one has ended.
    private func watch() {
        let running = Monitor(senders.count)
        for (number, sender) in senders.enumerated() {
            BlockingThread.start("sender-\(number + 1)") {
                sender.send()
                running.update { $0 -= 1 }
            }
        }
        let hasBar = Terminal.isWatched
        let interval: Duration = hasBar ? .milliseconds(200) : .seconds(1)
        var shown = started
        while true {
            let until = ContinuousClock.now + interval
            let isOver: Bool = running.wait { count in
                if count == 0 { return .done(true) }
                return until <= .now ? .done(false) : .waitUntil(until)
            }
            if isOver { break }
            show(since: &shown, hasBar)
        }
        if hasBar { Terminal.writeError("\r\u{1B}[K") }
    }

    private func show(since shown: inout UInt64, _ hasBar: Bool) {
        if let journal = job.journal {
            do throws(JournalError) { try journal.flush() } catch {
                run.fail("the journal: \(error)")
            }
        }
        let now = MonotonicClock.nanoseconds()
        var recent = LatencyHistogram()
        for sender in senders { recent.merge(sender.ledger.takeRecent()) }
        var line = Report(tally: tally, elapsedNanoseconds: now - started).progress(
            of: job.count,
            recent: recent,
            recentNanoseconds: now - shown,
            hasBar: hasBar
        )
        if !senders.allSatisfy(\.isConnected) { line += "  disconnected" }
        shown = now
        Terminal.writeError(hasBar ? "\r\(line)\u{1B}[K" : line + "\n")
    }

    private var tally: Tally {
        senders.reduce(into: Tally()) { $0.add($1.ledger.tally) }
    }

    private func finish() -> Int32 {
        let tally = tally
        let elapsed = MonotonicClock.nanoseconds() - started
        print(Report(tally: tally, elapsedNanoseconds: elapsed).summary)
        if let failure = run.failure {
            Terminal.complain("load-simulator: \(failure)")
            return 1
        }
        if run.stopSignal != 0 { return 128 + run.stopSignal }
        return tally.unknown == 0 && tally.refused == 0 ? 0 : 1
    }
}
