import Threading

/// A few threads for requests that ask the database, and the bounded queue before them.
final class Workers: Sendable {
    typealias Work = @Sendable () -> Void

    private let queue: GroupQueue<Work>
    private let running: Monitor<Int>

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - queueMax: requests that wait at most.
    ///   - beat: called by each thread between two requests and while none waits, with its number.
    init(
        name: String,
        threads: Int,
        queueMax: Int,
        beat: @escaping @Sendable (Int) -> Void
    ) {
        let queue = GroupQueue<Work>(capacity: queueMax, groupMax: 1)
        let running = Monitor(threads)
        self.queue = queue
        self.running = running
        for number in 0..<threads {
            BlockingThread.start("\(name)-\(number + 1)") {
                while let group = queue.take(atMost: Self.idle) {
                    beat(number)
                    for work in group { work() }
                }
                running.update { $0 -= 1 }
            }
        }
    }

    /// Between two beats at most while nothing waits.
    static let idle = Duration.seconds(1)

    /// Requests that wait.
    var waiting: Int { queue.count }

    /// - Returns: false when too much waits already.
    func run(_ work: @escaping Work) -> Bool { queue.offer(work) }

    /// Takes nothing new, does what waits, and ends.
    ///
    /// - Returns: whether all threads have ended in time.
    func stop(atMost limit: Duration) -> Bool {
        queue.close()
        return running.wait(atMost: limit) { $0 == 0 ? true : nil } ?? false
    }
}
