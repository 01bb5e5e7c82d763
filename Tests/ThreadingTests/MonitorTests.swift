import Testing
import Threading

@Suite(.timeLimit(.minutes(1)))
struct MonitorTests {
    @Test
    func `what one thread puts in another takes out, in order`() async throws {
        let queue = Monitor<[Int]>([])
        async let taken = BlockingThread.run("taker") {
            (0..<2_000).map { _ in
                queue.wait { items in
                    items.isEmpty ? .wait : .done(items.removeFirst())
                }
            }
        }
        try await BlockingThread.run("giver") {
            for number in 0..<2_000 { queue.update { $0.append(number) } }
        }
        #expect(try await taken == Array(0..<2_000))
    }

    @Test
    func `every waiting thread is woken`() async throws {
        let open = Monitor(false)
        let through = Monitor(0)
        await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await BlockingThread.run("waiter \(number)") {
                        open.wait { $0 ? .done(()) : .wait }
                        through.withLock { $0 += 1 }
                    }
                }
            }
            open.withLock { $0 = true }
            open.wakeAll()
        }
        #expect(through.withLock { $0 } == 8)
    }

    @Test
    func `a wait ends at the time it asked for, not before`() async throws {
        let monitor = Monitor(0)
        let (looks, waited) = try await BlockingThread.run("waiter") {
            let start = ContinuousClock.now
            let until = start + .milliseconds(30)
            var looks = 0
            monitor.wait { _ -> Monitor<Int>.Decision<Void> in
                looks += 1
                return until <= .now ? .done(()) : .waitUntil(until)
            }
            return (looks, start.duration(to: .now))
        }
        #expect(waited >= .milliseconds(30))
        #expect(looks < 10, "it waited instead of spinning")
    }

    @Test
    func `a time that has passed does not block`() {
        let monitor = Monitor(0)
        let looks = monitor.wait { looks -> Monitor<Int>.Decision<Int> in
            looks += 1
            return looks == 3 ? .done(looks) : .waitUntil(.now - .seconds(1))
        }
        #expect(looks == 3)
    }

    @Test
    func `an error leaves the lock free`() throws {
        struct Failure: Error {}
        let monitor = Monitor(0)
        #expect(throws: Failure.self) { try monitor.update { _ in throw Failure() } }
        #expect(throws: Failure.self) { try monitor.withLock { _ in throw Failure() } }
        #expect(monitor.withLock { $0 } == 0)
    }
}

@Suite
struct BlockingThreadTests {
    @Test
    func `a thread returns what its work returns, or throws`() async throws {
        struct Failure: Error {}
        #expect(try await BlockingThread.run("t") { 7 } == 7)
        await #expect(throws: Failure.self) {
            try await BlockingThread.run("t") { throw Failure() }
        }
    }

    @Test
    func `a pause lasts, and one of no time does not`() {
        let start = ContinuousClock.now
        BlockingThread.pause(for: .milliseconds(15))
        #expect(start.duration(to: .now) >= .milliseconds(15))
        BlockingThread.pause(for: .zero)
        BlockingThread.pause(for: .seconds(-5))
    }
}
