import CNats
import Synchronization

/// A member of a queue group: the messages of a subject are shared among all members of the group.
/// Without a group it gets them all.
///
/// A plain subscription: whatever arrives reaches the handler, messages that look like JetStream's
/// control messages too, and leaving never deletes a consumer.
package final class QueueSubscription: Sendable {
    private let connection: NATSConnection
    private let delivery: MessageDelivery
    private let handle: NATSConnection.SubscriptionHandle
    /// Held for the whole of `leave`, so that a second caller waits for the first.
    private let leaving = Mutex<Bool?>(nil)

    /// Joins the group. The server knows it for sure once the connection's `flush` has returned.
    ///
    /// - Parameters:
    ///   - group: nil to share with nobody.
    ///   - pendingMessagesMax: messages that may wait for the handler; libnats needs about 376
    ///     bytes for each besides its content. What comes beyond is dropped, counted, and reported
    ///     as a slow consumer; make it larger than the consumer's maximum of unacknowledged ones.
    ///   - pendingBytesMax: the same for headers and bodies.
    ///   - aheadBytesMax: on a connection for deliveries nothing is read while more than this waits for
    ///     the handler.
    ///   - handler: called on a thread of this subscription, one message at a time.
    package init(
        on connection: NATSConnection,
        subject: String,
        group: String?,
        pendingMessagesMax: Int,
        pendingBytesMax: Int,
        aheadBytesMax: Int = 1 << 20,
        handler: @escaping @Sendable (borrowing ReceivedMessage) -> Void
    ) throws(JetStreamError) {
        self.connection = connection
        delivery = MessageDelivery(handler)
        handle = try delivery.subscribe(
            on: connection,
            subject: subject,
            group: group,
            pendingMessagesMax: pendingMessagesMax,
            pendingBytesMax: pendingBytesMax
        )
        connection.reading?.hold(handle, at: aheadBytesMax)
    }

    /// Without `leave` the queue is thrown away.
    deinit {
        delivery.mute()
        _ = unsafe natsSubscription_DrainTimeout(handle.pointer, 0)
    }

    /// Leaves the group: the server sends no more, and what is queued here already is handed to the
    /// handler; with a time limit of 0 it is thrown away instead and comes back by redelivery.
    ///
    /// Not to be called from the handler.
    ///
    /// - Returns: true if the queue ran empty in time, or the connection had gone before: the
    ///   handler has returned and is never called again. False if time was up: the rest of the
    ///   queue is thrown away, and at most the call in progress still runs.
    @discardableResult
    package func leave(drainTimeoutMilliseconds: Int) -> Bool {
        leaving.withLock { result in
            if let result, result { return true }
            let isDone = drain(drainTimeoutMilliseconds)
            result = isDone
            return isDone
        }
    }

    private func drain(_ timeoutMilliseconds: Int) -> Bool {
        if timeoutMilliseconds <= 0 { delivery.mute() }
        // No time limit of libnats' own: at its end it would keep the rest of the queue in memory.
        // This returns at once; its thread flushes, so that the server has the UNSUB first.
        _ = unsafe natsSubscription_DrainTimeout(handle.pointer, 0)
        let isDone = delivery.waitForEnd(milliseconds: max(timeoutMilliseconds, 0))
        if !isDone { delivery.mute() }
        return isDone
    }

    /// Messages that wait for the handler.
    package var pendingMessages: Int {
        var count: Int32 = 0
        let status = unsafe natsSubscription_GetPending(handle.pointer, &count, nil)
        return status == NATS_OK ? Int(count) : 0
    }

    /// Messages dropped so far because too many waited; 0 once the group was left.
    package var droppedMessages: Int {
        var count: Int64 = 0
        let status = unsafe natsSubscription_GetDropped(handle.pointer, &count)
        return status == NATS_OK ? Int(count) : 0
    }
}
