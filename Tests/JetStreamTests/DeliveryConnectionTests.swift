import Foundation
import JetStream
import Synchronization
import TestSupport
import Testing
import Threading

/// Connections that are read by `ReadingLoop`.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct `Delivery connection` {
    private static let bodyBytes = 8_192
    private static let aheadBytes = 1 << 20

    /// Fills the stream with large messages and joins the group; the handler waits for the gate, then
    /// notes the sequence.
    private struct Backlog {
        let server: NATSServer
        let sender: NATSConnection
        let gate = Flag()
        let seen = Collector<UInt64>()
        let subscription: QueueSubscription

        init(_ count: Int, isForDeliveries: Bool) async throws {
            server = try await NATSServer.start()
            sender = try server.connect()
            _ = try sender.prepareBets()
            let body = [UInt8](repeating: UInt8(ascii: "x"), count: bodyBytes)
            for _ in 0..<count { try sender.publish("bets", body: body) }
            try sender.flush(timeoutMilliseconds: 10_000)
            let connection =
                isForDeliveries ? try server.connectForDeliveries() : try server.connect()
            let (gate, seen, sender) = (gate, seen, sender)
            subscription = try QueueSubscription(
                on: connection,
                subject: "_bets.deliver",
                group: "group",
                pendingMessagesMax: 20_000,
                pendingBytesMax: 64 << 20,
                aheadBytesMax: aheadBytes
            ) { message in
                while !gate.load() { sched_yield() }
                seen.add(message.delivery?.streamSequence ?? 0)
                sender.answer(message, .acknowledge)
            }
        }
    }

    @Test
    func `is read no faster than its messages are handled, and loses none`() async throws {
        let backlog = try await Backlog(2_000, isForDeliveries: true)
        let most = Collector<Int>()
        let subscription = backlog.subscription
        let limit = Self.aheadBytes / Self.bodyBytes
        #expect(try await eventually { subscription.pendingMessages > limit })
        most.add(subscription.pendingMessages)
        backlog.gate.set()
        #expect(
            try await eventually {
                most.add(subscription.pendingMessages)
                return backlog.seen.count == 2_000
            }
        )
        // What was in libnats' buffer when the limit was passed comes on top.
        #expect((most.all.max() ?? 0) <= limit + 8)
        #expect(Set(backlog.seen.all) == Set(1...2_000))
        #expect(subscription.droppedMessages == 0)
        #expect(subscription.leave(drainTimeoutMilliseconds: 2_000))
    }

    @Test(arguments: [true, false])
    func `is read on when the handler is stuck, as other connections are`(
        isForDeliveries: Bool
    ) async throws {
        let backlog = try await Backlog(1_000, isForDeliveries: isForDeliveries)
        let subscription = backlog.subscription
        #expect(try await eventually { subscription.pendingMessages == 999 })
        backlog.gate.set()
        #expect(try await eventually { backlog.seen.count == 1_000 })
        #expect(subscription.droppedMessages == 0)
    }

    @Test
    func `ends when it breaks, and another takes its place`() async throws {
        let server = try await NATSServer.start()
        let sender = try server.connect()
        _ = try sender.prepareBets()
        for round in 1...3 {
            let events = Collector<ConnectionEvent>()
            let seen = Collector<UInt64>()
            let connection = try server.connectForDeliveries(events: events)
            let subscription = try connection.joinBets { message in
                seen.add(message.delivery?.streamSequence ?? 0)
                sender.answer(message, .acknowledge)
            }
            try connection.flush(timeoutMilliseconds: 5_000)
            #expect(
                try await eventually {
                    (try? sender.publish("bets", body: [1])) != nil
                        && (try? sender.flush(timeoutMilliseconds: 1_000)) != nil
                }
            )
            #expect(try await eventually { seen.count > 0 })
            #expect(readingThreadRuns())
            if round == 3 {
                connection.close()
            } else {
                try await server.process.stop(SIGKILL)
                try await server.start()
            }
            #expect(try await eventually { events.all.last == .closed })
            #expect(events.all == [.disconnected, .closed])
            #expect(!connection.isConnected)
            #expect(subscription.leave(drainTimeoutMilliseconds: 5_000))
        }
        #expect(try await eventually { !readingThreadRuns() })
    }

    @Test
    func `leaves no thread and no socket behind, however often it is made`() async throws {
        let server = try await NATSServer.start()
        let sender = try server.connect()
        _ = try sender.prepareBets()
        func descriptors() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }
        let before = try descriptors()
        for _ in 0..<50 {
            let connection = try server.connectForDeliveries()
            let subscription = try connection.joinBets { _ in }
            try connection.flush(timeoutMilliseconds: 5_000)
            subscription.leave(drainTimeoutMilliseconds: 1_000)
        }
        #expect(try await eventually { !readingThreadRuns() })
        #expect(try await eventually { try descriptors() <= before + 2 })
    }
}

private func readingThreadRuns() -> Bool {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    return tasks.contains { task in
        let name = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
        return name?.hasPrefix("nats-reading") == true
    }
}

extension NATSServer {
    fileprivate func connectForDeliveries(
        events: Collector<ConnectionEvent> = Collector()
    ) throws -> NATSConnection {
        let configuration = NATSConfiguration(urls: url, name: "test").forDeliveries
        return try NATSConnection(configuration) { events.add($0) }
    }
}
