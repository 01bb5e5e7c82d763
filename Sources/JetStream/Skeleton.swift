package final class NATSConnection: Sendable {
    package init(
        _ configuration: NATSConfiguration,
        onEvent: @escaping @Sendable (ConnectionEvent) -> Void
    ) throws(JetStreamError) { throw .closed }

    package static func connect(
        _ configuration: NATSConfiguration,
        retryingForMilliseconds: Int,
        onEvent: @escaping @Sendable (ConnectionEvent) -> Void
    ) throws(JetStreamError) -> NATSConnection { throw .closed }

    package func publish(
        _ subject: String,
        body: [UInt8],
        headers: [(String, String)] = []
    ) throws(JetStreamError) {}

    package func request(
        _ subject: String,
        body: [UInt8],
        timeoutMilliseconds: Int
    ) throws(JetStreamError) -> [UInt8] { [] }

    package func publishAcknowledged(
        _ subject: String,
        body: [UInt8],
        messageID: String?,
        headers: [(String, String)] = [],
        timeoutMilliseconds: Int
    ) throws(JetStreamError) -> PublishAcknowledgement { throw .closed }

    package func flush(timeoutMilliseconds: Int) throws(JetStreamError) {}
    package var isConnected: Bool { false }
    package var maxPayload: Int { 0 }
    package var bufferedBytes: Int { 0 }
    package func probe() -> ConnectionHealth {
        ConnectionHealth(isConnected: false, disconnectedForMilliseconds: 0, isWedged: false)
    }
    package func answer(
        _ replies: borrowing ReplyList,
        with acknowledgement: Acknowledgement
    ) throws(JetStreamError) {}
    package func answer(
        _ replies: borrowing ReplyList,
        at indices: some Sequence<Int>,
        with acknowledgement: Acknowledgement
    ) throws(JetStreamError) {}
    package func close() {}
}

package struct JetStreamManager: Sendable {
    package init(_ connection: NATSConnection, timeoutMilliseconds: Int = 5_000) {}
    package func streamInfo(_ name: String) throws(JetStreamError) -> StreamInfo? { nil }
    @discardableResult
    package func createStream(_ configuration: StreamConfiguration) throws(JetStreamError)
        -> StreamInfo
    { throw .closed }
    @discardableResult
    package func updateStream(_ configuration: StreamConfiguration) throws(JetStreamError)
        -> StreamInfo
    { throw .closed }
    @discardableResult
    package func deleteStream(_ name: String) throws(JetStreamError) -> Bool { false }
    package func consumerInfo(stream: String, consumer: String) throws(JetStreamError)
        -> ConsumerInfo?
    { nil }
    @discardableResult
    package func createConsumer(_ configuration: ConsumerConfiguration, on stream: String)
        throws(JetStreamError) -> ConsumerInfo
    { throw .closed }
    @discardableResult
    package func deleteConsumer(stream: String, consumer: String) throws(JetStreamError) -> Bool {
        false
    }
    package func message(stream: String, sequence: UInt64) throws(JetStreamError)
        -> StoredMessage?
    { nil }
    package static func differences(
        wanted: StreamConfiguration,
        actual: StreamConfiguration
    ) -> [Difference] { [] }
    package static func differences(
        wanted: ConsumerConfiguration,
        actual: ConsumerConfiguration
    ) -> [Difference] { [] }
}

package final class QueueSubscription: Sendable {
    package init(
        on connection: NATSConnection,
        subject: String,
        group: String,
        pendingMessagesMax: Int,
        pendingBytesMax: Int,
        handler: @escaping @Sendable (borrowing ReceivedMessage) -> Void
    ) throws(JetStreamError) { throw .closed }
    @discardableResult
    package func leave(drainTimeoutMilliseconds: Int) -> Bool { true }
    package var pendingMessages: Int { 0 }
    package var droppedMessages: Int { 0 }
}

package struct ReceivedMessage: ~Copyable {
    package var bodyByteCount: Int { 0 }
    package borrowing func withBody<R: ~Copyable, E: Error>(
        _ use: (RawSpan) throws(E) -> R
    ) throws(E) -> R { try [UInt8]().withBytes(use) }
    package var subject: String { "" }
    package var reply: String? { nil }
    package var delivery: Delivery? { nil }
    package var hasHeaders: Bool { false }
    package func header(_ name: String) -> String? { nil }
    package borrowing func withHeader<R: ~Copyable, E: Error>(
        _ name: String,
        _ use: (RawSpan) throws(E) -> R
    ) throws(E) -> R? { nil }
    package var headers: [(name: String, value: String)] { [] }
}

extension Array where Element == UInt8 {
    func withBytes<R: ~Copyable, E: Error>(_ use: (RawSpan) throws(E) -> R) throws(E) -> R {
        try use(unsafe self.span.bytes)
    }
}

package struct ReplyList: Sendable {
    package init(reserving count: Int) {}
    @discardableResult
    package mutating func append(_ message: borrowing ReceivedMessage) -> Bool { false }
    package var count: Int { 0 }
    package var isEmpty: Bool { true }
    package mutating func removeAll(keepingCapacity: Bool = true) {}
}

package final class Publisher: Sendable {
    package init(
        on connection: NATSConnection,
        windowMax: Int,
        acknowledgementTimeoutMilliseconds: Int,
        onOutcome: @escaping @Sendable (PublishOutcome) -> Void
    ) throws(JetStreamError) { throw .closed }
    package func publish(
        _ subject: String,
        messageID: String?,
        token: UInt64,
        body: [UInt8],
        contentType: String? = nil,
        headers: [(String, String)] = []
    ) throws(JetStreamError) {}
    package func waitForAll(timeoutMilliseconds: Int) -> Bool { true }
    package var unansweredCount: Int { 0 }
    package func close() {}
}
