import Foundation
import TestSupport
import Testing
import Threading

@testable import Wallet

@Suite struct `A bucket for each user` {
    @Test func `holds a burst and is refilled at its pace`() {
        let limits = UserLimits(perSecond: 2, burst: 3)
        let start = ContinuousClock.now
        for _ in 0..<3 { #expect(limits.take(user: 1, at: start) == nil) }
        #expect(limits.take(user: 1, at: start) == 1)
        #expect(limits.take(user: 2, at: start) == nil)
        #expect(limits.take(user: 1, at: start + .milliseconds(499)) == 1)
        #expect(limits.take(user: 1, at: start + .milliseconds(501)) == nil)
        #expect(limits.take(user: 1, at: start + .milliseconds(502)) == 1)
        // No more than the burst, however long the rest.
        let later = start + .seconds(1_000)
        for _ in 0..<3 { #expect(limits.take(user: 1, at: later) == nil) }
        #expect(limits.take(user: 1, at: later) == 1)
    }

    @Test func `is forgotten when there are too many, those first that were quiet`() {
        let limits = UserLimits(perSecond: 1, burst: 1, usersMax: 100)
        let start = ContinuousClock.now
        _ = limits.take(user: 1, at: start)
        for user in 2...10_000 {
            _ = limits.take(user: Int64(user), at: start)
            // Who asks all the time is remembered, whoever else comes.
            #expect(limits.take(user: 1, at: start) == 1)
            #expect(limits.userCount <= 100)
        }
        #expect(limits.take(user: 2, at: start) == nil)
    }

    @Test func `says how long to wait`() {
        let limits = UserLimits(perSecond: 1, burst: 1)
        let start = ContinuousClock.now
        #expect(limits.take(user: 1, at: start) == nil)
        #expect(limits.take(user: 1, at: start + .milliseconds(100)) == 1)
    }
}

@Suite struct `A queue of groups` {
    @Test func `hands out what waits, up to a group, in order`() {
        let queue = GroupQueue<Int>(capacity: 5, groupMax: 3)
        for number in 1...5 { #expect(queue.offer(number)) }
        #expect(!queue.offer(6))
        #expect(queue.take() == [1, 2, 3])
        #expect(queue.count == 2)
        #expect(queue.take() == [4, 5])
        #expect(queue.take(atMost: .zero) == [])
    }

    @Test func `closed, hands out what it has and ends`() {
        let queue = GroupQueue<Int>(capacity: 5, groupMax: 3)
        _ = queue.offer(1)
        queue.close()
        #expect(!queue.offer(2))
        #expect(queue.take() == [1])
        #expect(queue.take() == nil)
    }

    @Test func `loses nothing between many who put and take`() async throws {
        let queue = GroupQueue<Int>(capacity: 100, groupMax: 7)
        let seen = Monitor<[Int]>([])
        for _ in 0..<3 {
            BlockingThread.start("taker") {
                while let group = queue.take() { seen.update { $0 += group } }
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for part in 0..<4 {
                group.addTask {
                    for number in 0..<500 {
                        while !queue.offer(part * 500 + number) { await Task.yield() }
                    }
                }
            }
        }
        try await eventually { seen.withLock { $0.count == 2_000 } }
        queue.close()
        #expect(seen.withLock { $0.sorted() } == Array(0..<2_000))
    }
}
