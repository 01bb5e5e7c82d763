/// Rows in the binary format of COPY, in one buffer that is kept and reused.
///
/// A row is `beginRow(fieldCount:)` and then that many fields in the order of the COPY's columns;
/// the field functions must match the columns' types, for the server converts nothing. A row that
/// is not complete is a broken invariant and traps. The caller bounds the number of rows.
/// Source: PostgreSQL 15, COPY, "Binary Format"; the types' `*send` functions.
@safe
package struct CopyBuffer: ~Copyable {
    /// `PGCOPY\n\377\r\n\0`, no flags, no extension.
    private static let header: [UInt8] =
        Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0x00] + [UInt8](repeating: 0, count: 8)
    private static let capacityMinimum = 16_384

    /// What was written, header included; 0 before the first `reset()`.
    package private(set) var byteCount = 0
    /// Rows begun since `reset()`.
    package private(set) var rowCount = 0

    private var storage: UnsafeMutableRawPointer?
    private var capacity = 0
    private var fieldsLeft = 0

    package init() { unsafe storage = nil }

    deinit { unsafe storage?.deallocate() }

    /// Forgets the rows, keeps the memory.
    package mutating func reset() {
        byteCount = 0
        rowCount = 0
        fieldsLeft = 0
        append(Self.header.span)
    }

    package mutating func beginRow(fieldCount: Int) {
        precondition(fieldsLeft == 0, "the row before is not complete")
        rowCount += 1
        fieldsLeft = fieldCount
        unsafe store(Int16(fieldCount).bigEndian, at: reserve(2))
    }

    package mutating func null() {
        fieldsLeft -= 1
        unsafe store(Int32(-1), at: reserve(4))
    }

    package mutating func bool(_ value: Bool) {
        let place = unsafe beginField(1)
        unsafe store(value ? UInt8(1) : 0, at: place)
    }

    package mutating func int16(_ value: Int16) {
        let place = unsafe beginField(2)
        unsafe store(value.bigEndian, at: place)
    }

    package mutating func int32(_ value: Int32) {
        let place = unsafe beginField(4)
        unsafe store(value.bigEndian, at: place)
    }

    package mutating func int64(_ value: Int64) {
        let place = unsafe beginField(8)
        unsafe store(value.bigEndian, at: place)
    }

    /// A UUID's 16 bytes, big-endian.
    package mutating func uuid(high: UInt64, low: UInt64) {
        let place = unsafe beginField(16)
        unsafe store(high.bigEndian, at: place)
        unsafe store(low.bigEndian, at: place + 8)
    }

    /// A `timestamptz`.
    package mutating func timestamp(microsecondsSince1970: Int64) {
        int64(microsecondsSince1970 &- CivilTime.postgresEpochMicroseconds)
    }

    /// UTF-8 without NUL, else the server refuses the batch with 22021.
    package mutating func text(_ value: Span<UInt8>) { bytes(value) }

    /// The same for a string.
    package mutating func text(_ value: String) {
        bytes(value.utf8Span.span)
    }

    /// A `bytea`, or a type that is sent as its text such as `json`.
    package mutating func bytes(_ value: Span<UInt8>) {
        fieldsLeft -= 1
        unsafe store(Int32(value.count).bigEndian, at: reserve(4))
        append(value)
    }

    /// Ends the rows; nothing but `reset()` may follow.
    mutating func finish() {
        precondition(fieldsLeft == 0, "the last row is not complete")
        unsafe store(Int16(-1), at: reserve(2))
    }

    /// Lends what was written, until the next change.
    func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
        try unsafe body(UnsafeRawBufferPointer(start: storage, count: byteCount))
    }
}

extension CopyBuffer {
    /// Writes the length of a field of `size` bytes and returns where they go.
    @inline(__always)
    mutating func beginField(_ size: Int) -> UnsafeMutableRawPointer {
        fieldsLeft -= 1
        let place = unsafe reserve(4 + size)
        unsafe store(Int32(truncatingIfNeeded: size).bigEndian, at: place)
        return unsafe place + 4
    }

    @inline(__always)
    func store<Value: BitwiseCopyable>(_ value: Value, at place: UnsafeMutableRawPointer) {
        unsafe place.storeBytes(of: value, as: Value.self)
    }

    /// Makes room for `count` more bytes and counts them as written.
    @inline(__always)
    private mutating func reserve(_ count: Int) -> UnsafeMutableRawPointer {
        let end = byteCount + count
        if end > capacity { grow(to: end) }
        guard let storage = unsafe storage else { preconditionFailure("the buffer has no memory") }
        defer { byteCount = end }
        return unsafe storage + byteCount
    }

    private mutating func append(_ value: Span<UInt8>) {
        guard value.count > 0 else { return }
        let place = unsafe reserve(value.count)
        unsafe value.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            unsafe place.copyMemory(from: base, byteCount: bytes.count)
        }
    }

    @inline(never)
    private mutating func grow(to needed: Int) {
        let size = max(Self.capacityMinimum, needed, capacity * 2)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        if let storage = unsafe storage {
            unsafe larger.copyMemory(from: storage, byteCount: byteCount)
            unsafe storage.deallocate()
        }
        unsafe storage = larger
        capacity = size
    }
}
