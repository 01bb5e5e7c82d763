/// The subjects that acknowledge a batch of deliveries, one behind the other in one block of
/// memory: about 70 bytes a message and no allocation once it has grown.
package struct ReplyList: Sendable {
    /// Bytes of a usual reply subject.
    private static let replyBytesUsual = 80

    /// The subjects, each ended by NUL.
    private var bytes: [UInt8] = []
    private var starts: [Int] = []

    /// - Parameter count: messages to make room for.
    package init(reserving count: Int) {
        bytes.reserveCapacity(count * Self.replyBytesUsual)
        starts.reserveCapacity(count)
    }

    package var count: Int { starts.count }

    package var isEmpty: Bool { starts.isEmpty }

    /// Notes where to answer a message.
    ///
    /// - Returns: false, and nothing is noted, when the message did not come from a consumer: its
    ///   reply could be any subject at all, and an answer there would be somebody else's order.
    @discardableResult
    package mutating func append(_ message: borrowing ReceivedMessage) -> Bool {
        let reply = unsafe message.replyBytes
        guard unsafe Delivery.isReply(reply.bytes) else { return false }
        starts.append(bytes.count)
        unsafe bytes.append(contentsOf: reply)
        bytes.append(0)
        return true
    }

    /// Notes the reply of another list.
    package mutating func append(_ index: Int, of other: ReplyList) {
        let start = other.starts[index]
        let end = index + 1 < other.starts.count ? other.starts[index + 1] : other.bytes.count
        starts.append(bytes.count)
        bytes.append(contentsOf: other.bytes[start..<end])
    }

    package mutating func removeAll(keepingCapacity: Bool = true) {
        bytes.removeAll(keepingCapacity: keepingCapacity)
        starts.removeAll(keepingCapacity: keepingCapacity)
    }

    /// Lends the block and the positions in it.
    func withSubjects<R>(_ body: (UnsafeBufferPointer<UInt8>, [Int]) -> R) -> R {
        unsafe bytes.withUnsafeBufferPointer { unsafe body($0, starts) }
    }
}
