import CNats

/// Messages that were handled and wait to be freed together.
///
/// libnats 3.4.1 does not free a message where it is destroyed: it hands it to a thread of its own
/// and wakes that thread, each time it sleeps (`natsGC_collect`). One by one, that costs two
/// context switches a message; in company, one a company.
///
/// Used by the delivery thread of one subscription alone, and freed when that has ended.
@safe final class SpentMessages: @unchecked Sendable {  // See above: one thread.
    private static let countMax = 64
    private static let bytesMax = 64 * 1024

    private var messages: [OpaquePointer]
    private var byteCount = 0

    init() {
        unsafe messages = []
        unsafe messages.reserveCapacity(SpentMessages.countMax)
    }

    deinit { free() }

    /// Takes the message over.
    func add(_ message: OpaquePointer) {
        unsafe messages.append(message)
        byteCount += unsafe Int(natsMsg_GetDataLength(message))
        if unsafe messages.count >= Self.countMax || byteCount >= Self.bytesMax { free() }
    }

    func free() {
        for unsafe message in unsafe messages { unsafe natsMsg_Destroy(message) }
        unsafe messages.removeAll(keepingCapacity: true)
        byteCount = 0
    }
}
