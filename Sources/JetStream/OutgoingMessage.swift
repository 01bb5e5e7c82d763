import CNats

/// A message on its way out; libnats' copy is freed with this value.
@safe struct OutgoingMessage: ~Copyable {
    let pointer: OpaquePointer

    init(
        subject: String,
        reply: UnsafePointer<CChar>? = nil,
        body: [UInt8]
    ) throws(JetStreamError) {
        try Subject.check(subject)
        guard body.count <= Int(Int32.max) else {
            throw .payloadTooLarge(bytes: body.count, bytesMax: Int(Int32.max))
        }
        var created: OpaquePointer?
        let status = unsafe body.withUnsafeBytes { bytes in
            unsafe natsMsg_Create(
                &created,
                subject,
                reply,
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                Int32(bytes.count)
            )
        }
        guard status == NATS_OK, let message = unsafe created else {
            throw LastError.error(status, "publish")
        }
        unsafe pointer = message
    }

    /// Adds headers, repeated ones too.
    borrowing func add(_ headers: [(String, String)]) throws(JetStreamError) {
        for (name, value) in headers { try add(name, value) }
    }

    /// Adds a header; one of the same name stays beside it.
    borrowing func add(_ name: String, _ value: String) throws(JetStreamError) {
        try Self.check(name, value)
        let status = unsafe natsMsgHeader_Add(pointer, name, value)
        guard status == NATS_OK else { throw LastError.error(status, "publish") }
    }

    deinit {
        unsafe natsMsg_Destroy(pointer)
    }

    /// libnats writes names as they are: one with a line break would inject protocol.
    private static func check(_ name: String, _ value: String) throws(JetStreamError) {
        let isName = !name.isEmpty && name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != 0x3a }
        guard isName else { throw .invalid("the name of a header") }
        guard value.utf8.allSatisfy({ $0 >= 0x20 || $0 == 0x09 }) else {
            throw .invalid("the value of header \(name)")
        }
    }
}

/// What a subject may look like.
enum Subject {
    /// libnats writes a subject as it is: one with a blank or a line break would inject protocol.
    static func check(_ subject: String) throws(JetStreamError) {
        var previous: UInt8 = 0x2e
        for byte in subject.utf8 {
            guard byte > 0x20, byte != 0x7f, !(byte == 0x2e && previous == 0x2e) else {
                throw .invalid("a subject")
            }
            previous = byte
        }
        guard previous != 0x2e else { throw .invalid("a subject") }
    }
}
