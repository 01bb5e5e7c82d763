import CNats
import Synchronization
import Threading

/// What libnats' delivery thread of one subscription calls. The subscription holds one retain of
/// it, given back when its thread ends, which is its last callback.
final class MessageDelivery: Sendable {
    private let handler: @Sendable (borrowing ReceivedMessage) -> Void
    private let onIdle: @Sendable () -> Void
    private let isMuted = Atomic(false)
    private let hasEnded = Monitor(false)

    /// - Parameter onIdle: called when no message came for the idle time.
    init(
        _ handler: @escaping @Sendable (borrowing ReceivedMessage) -> Void,
        onIdle: @escaping @Sendable () -> Void = {}
    ) {
        self.handler = handler
        self.onIdle = onIdle
    }

    /// From now on messages are freed instead of handed out.
    func mute() {
        isMuted.store(true, ordering: .releasing)
    }

    /// Whether the delivery thread ended within the time: the handler has returned for good.
    func waitForEnd(milliseconds: Int) -> Bool {
        hasEnded.wait(atMost: .milliseconds(milliseconds)) { $0 ? true : nil } ?? false
    }

    /// - Parameters:
    ///   - group: nil for a subscription of its own.
    ///   - idleMilliseconds: 0 for none.
    func subscribe(
        on connection: NATSConnection,
        subject: String,
        group: String?,
        idleMilliseconds: Int = 0,
        pendingMessagesMax: Int,
        pendingBytesMax: Int
    ) throws(JetStreamError) -> NATSConnection.SubscriptionHandle {
        guard pendingMessagesMax > 0, pendingBytesMax > 0 else {
            throw .invalid("the limits of a subscription")
        }
        let retained = unsafe Unmanaged.passRetained(self)
        var created: OpaquePointer?
        let status: natsStatus
        if let group {
            status = unsafe natsConnection_QueueSubscribe(
                &created,
                connection.pointer,
                subject,
                group,
                Self.onMessage,
                retained.toOpaque()
            )
        } else if idleMilliseconds == 0 {
            status = unsafe natsConnection_Subscribe(
                &created,
                connection.pointer,
                subject,
                Self.onMessage,
                retained.toOpaque()
            )
        } else {
            status = unsafe natsConnection_SubscribeTimeout(
                &created,
                connection.pointer,
                subject,
                Int64(idleMilliseconds),
                Self.onMessage,
                retained.toOpaque()
            )
        }
        guard status == NATS_OK, let subscription = unsafe created else {
            let error = LastError.error(status, "subscribe")
            unsafe retained.release()
            throw error
        }
        let handle = unsafe NATSConnection.SubscriptionHandle(pointer: subscription)
        connection.keep(handle)
        unsafe natsSubscription_SetPendingLimits(
            subscription,
            Int32(clamping: pendingMessagesMax),
            Int32(clamping: pendingBytesMax)
        )
        let completion = unsafe natsSubscription_SetOnCompleteCB(
            subscription,
            Self.onEnd,
            retained.toOpaque()
        )
        if completion != NATS_OK {
            // The connection was closed meanwhile. Its thread may still be inside the handler, so
            // the retain is not given back: this happens at most once a connection.
            throw .closed
        }
        return handle
    }

    private func handle(_ message: OpaquePointer?) {
        guard let message = unsafe message else {
            onIdle()
            return
        }
        if !isMuted.load(ordering: .acquiring) {
            handler(unsafe ReceivedMessage(borrowing: message))
        }
        unsafe NATSLibrary.free(message)
    }

    private static let onMessage: natsMsgHandler = { _, _, message, closure in
        guard let closure = unsafe closure else { return }
        unsafe Unmanaged<MessageDelivery>.fromOpaque(closure)._withUnsafeGuaranteedRef {
            unsafe $0.handle(message)
        }
    }

    private static let onEnd: natsOnCompleteCB = { closure in
        guard let closure = unsafe closure else { return }
        let delivery = unsafe Unmanaged<MessageDelivery>.fromOpaque(closure).takeRetainedValue()
        delivery.hasEnded.withLock { $0 = true }
        delivery.hasEnded.wakeAll()
    }
}
