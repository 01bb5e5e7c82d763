import Threading

/// A few threads for requests that ask the database, and the bounded queue before them.
final class Workers: Sendable {
    typealias Work = @Sendable () -> Void

    private struct Waiting: Sendable {
        let work: Work
        let tooLate: Work
        /// From then on nobody waits for its answer.
        let deadline: ContinuousClock.Instant
    }

    private let queue: GroupQueue<Waiting>
    private let running: Monitor<Int>
    private let waitMax: Duration
    private let now: @Sendable () -> ContinuousClock.Instant

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - queueMax: requests that wait at most.
    ///   - waitMax: what has waited as long is not begun.
    ///   - now: the time.
    ///   - beat: called by each thread between two requests and while none waits, with its number.
    init(
        name: String,
        threads: Int,
        queueMax: Int,
        waitMax: Duration,
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        beat: @escaping @Sendable (Int) -> Void
    ) {
        let queue = GroupQueue<Waiting>(capacity: queueMax, groupMax: 1)
        let running = Monitor(threads)
        self.queue = queue
        self.running = running
        self.waitMax = waitMax
        self.now = now
        for number in 0..<threads {
            BlockingThread.start("\(name)-\(number + 1)") {
                while let group = queue.take(atMost: Self.idle) {
                    beat(number)
                    for waiting in group {
                        if now() < waiting.deadline { waiting.work() } else { waiting.tooLate() }
                    }
                }
                running.update { $0 -= 1 }
            }
        }
    }

    /// Between two beats at most while nothing waits.
    static let idle = Duration.seconds(1)

    /// Requests that wait.
    var waiting: Int { queue.count }

    /// - Parameters:
    ///   - work: what is to be done.
    ///   - tooLate: done instead when it has waited for `waitMax`.
    /// - Returns: false when too much waits already; neither is done then.
    func run(_ work: @escaping Work, tooLate: @escaping Work) -> Bool {
        queue.offer(Waiting(work: work, tooLate: tooLate, deadline: now() + waitMax))
    }

    /// Takes nothing new, does what waits, and ends.
    ///
    /// - Returns: whether all threads have ended in time.
    func stop(atMost limit: Duration) -> Bool {
        queue.close()
        return running.wait(atMost: limit) { $0 == 0 ? true : nil } ?? false
    }
}
