import Betting

/// What a run sends, whether it is a new one or the rest of an earlier one.
struct Job: Sendable {
    let options: Options
    let script: Script
    let schedule: Schedule
    let journal: Journal?
    let seed: UInt64
    /// Messages to send, 0 for no end.
    let count: UInt64
    /// The numbers of the messages to send, nil for all from 0 on.
    private let indexes: [UInt64]?

    /// A new run; draws a seed when none was given, and begins the journal.
    ///
    /// - Throws: `exists`, `system`.
    init(new options: Options) throws(JournalError) {
        var options = options
        let seed = options.content.seed ?? UInt64.random(in: 0 ... .max)
        options.content.seed = seed
        let started = MonotonicClock.now()
        if let path = options.journal {
            journal = try Journal(
                creating: path,
                options: options,
                seed: seed,
                started: started.microseconds
            )
        } else {
            journal = nil
        }
        script = Script(options.content, seed: seed, pace: options.pace, started: started)
        schedule = Schedule(options.pace, count: options.count)
        count = options.count
        indexes = nil
        self.options = options
        self.seed = seed
    }

    /// What the journal at `path` has no answer for, sent as fast as it goes.
    ///
    /// - Throws: `system`, `notAJournal`.
    init(resuming path: String, _ options: Options) throws(JournalError) {
        let earlier = try EarlierRun(journal: path)
        var merged = earlier.options
        merged.connections = options.connections
        merged.window = options.window
        merged.acknowledgementTimeoutMilliseconds = options.acknowledgementTimeoutMilliseconds
        merged.retries = options.retries
        script = Script(
            merged.content,
            seed: earlier.seed,
            pace: merged.pace,
            started: Timestamp(microseconds: earlier.started)
        )
        count = UInt64(earlier.unanswered.count)
        // A count of 0 would mean no end.
        schedule = Schedule(Pace(), count: max(count, 1))
        journal = try Journal(resuming: path, byteCount: earlier.byteCount)
        indexes = earlier.unanswered
        self.options = merged
        seed = earlier.seed
    }

    /// The messages are in the journal already.
    var isResumed: Bool { indexes != nil }

    /// The number of the message that is sent at this position.
    func index(at position: UInt64) -> UInt64 {
        indexes.map { $0[Int(position)] } ?? position
    }
}
