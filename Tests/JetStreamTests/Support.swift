import Glibc
import JetStream
import Synchronization
import TestSupport

/// Collects values from callbacks.
final class Collector<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])

    var all: [Value] { values.withLock { $0 } }
    var count: Int { values.withLock { $0.count } }

    func add(_ value: Value) {
        values.withLock { $0.append(value) }
    }
}

/// What a test keeps of a message.
struct Seen: Sendable, Equatable {
    var subject: String
    var body: String
    var delivery: Delivery?
    var headers: [String]

    init(_ message: borrowing ReceivedMessage) {
        subject = message.subject
        body = message.withBody { body in
            unsafe body.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
        delivery = message.delivery
        headers = message.headers.map { "\($0.name)=\($0.value)" }
    }
}

extension NATSServer {
    func connect(
        credentials: String = "",
        inboxPrefix: String = "_INBOX",
        events: Collector<ConnectionEvent> = Collector()
    ) throws -> NATSConnection {
        var configuration = NATSConfiguration(
            urls: "nats://\(credentials)127.0.0.1:\(port)",
            name: "test",
            inboxPrefix: inboxPrefix
        )
        configuration.reconnectWaitMilliseconds = 50
        return try NATSConnection(configuration) { events.add($0) }
    }
}

extension NATSConnection {
    /// A stream `bets_stream` and a push consumer `bets_consumer` for the group `group`.
    func prepareBets(
        ackWaitMilliseconds: Int64 = 10_000,
        maxBytes: Int64 = -1
    ) throws -> JetStreamManager {
        let manager = JetStreamManager(self)
        var stream = StreamConfiguration(name: "bets_stream", subjects: ["bets"])
        stream.discard = .new
        stream.maxBytes = maxBytes
        try manager.createStream(stream)
        var consumer = ConsumerConfiguration(durable: "bets_consumer")
        consumer.deliverSubject = "_bets.deliver"
        consumer.deliverGroup = "group"
        consumer.ackWaitMilliseconds = ackWaitMilliseconds
        consumer.maxAckPending = 8_192
        try manager.createConsumer(consumer, on: "bets_stream")
        return manager
    }

    func joinBets(
        _ handler: @escaping @Sendable (borrowing ReceivedMessage) -> Void
    ) throws -> QueueSubscription {
        try QueueSubscription(
            on: self,
            subject: "_bets.deliver",
            group: "group",
            pendingMessagesMax: 20_000,
            pendingBytesMax: 64 << 20,
            handler: handler
        )
    }

    /// Answers one message at once.
    func answer(_ message: borrowing ReceivedMessage, _ acknowledgement: Acknowledgement) {
        var replies = ReplyList(reserving: 1)
        replies.append(message)
        try? answer(replies, with: acknowledgement)
    }
}

/// A client that sends bytes as they are, for what no library would send.
final class RawClient: Sendable {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(INADDR_LOOPBACK).bigEndian
        let length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                unsafe Glibc.connect(descriptor, generic, length)
            }
        }
        guard result == 0 else { throw FixtureError("connect: \(errno)") }
        send("CONNECT {\"verbose\":false,\"headers\":true}\r\n")
    }

    deinit {
        close(descriptor)
    }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Publishes with a header block sent as it is.
    func publish(_ subject: String, reply: String = "", headers: String, body: String) {
        let reply = reply.isEmpty ? "" : " \(reply)"
        let sizes = "\(headers.utf8.count) \(headers.utf8.count + body.utf8.count)"
        send("HPUB \(subject)\(reply) \(sizes)\r\n\(headers)\(body)\r\n")
    }
}

/// A server that takes connections, sends INFO, and never says another word.
final class MuteServer: Sendable {
    let port: Int
    private let listener: Int32
    private let held = Mutex<[Int32]>([])

    /// - Parameter port: 0 for one that the system chooses.
    init(port: Int = 0) throws {
        (listener, self.port) = try listenOnLoopback(port: port)
    }

    /// Takes connections that wait, until none does.
    func greet() {
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            held.withLock { $0.append(connection) }
            let text = "INFO {\"server_id\":\"mute\",\"version\":\"2.9.10\",\"headers\":true,"
            let bytes = Array((text + "\"max_payload\":1048576}\r\n").utf8)
            _ = unsafe Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Ends the held connections, which is all that frees a wedged client.
    func stop() {
        for descriptor in held.withLock({ $0 }) { shutdown(descriptor, Int32(SHUT_RDWR)) }
        close(listener)
    }
}
