import CBetProto

/// A fixed piece of memory that protobuf-c unpacks one message into: giving out is moving a mark, giving
/// back is moving it to the start. One thread at a time.
@safe
final class MessageArena {
    private static let alignment = 16

    private let memory: UnsafeMutableRawBufferPointer
    private var usedBytes = 0

    init(byteCount: Int) {
        unsafe memory = .allocate(byteCount: byteCount, alignment: Self.alignment)
    }

    deinit {
        unsafe memory.deallocate()
    }

    /// Runs `body` with an allocator over the whole arena; it answers NULL when the arena is full. What it
    /// gave out stays valid until the next call.
    func withAllocator<Result>(
        _ body: (UnsafeMutablePointer<ProtobufCAllocator>) -> Result
    ) -> Result {
        usedBytes = 0
        var allocator = unsafe ProtobufCAllocator(
            alloc: { data, size in
                guard let data = unsafe data else { return nil }
                let arena = unsafe Unmanaged<MessageArena>.fromOpaque(data).takeUnretainedValue()
                return unsafe arena.allocate(size)
            },
            free: { _, _ in },
            allocator_data: Unmanaged.passUnretained(self).toOpaque()
        )
        return withExtendedLifetime(self) { unsafe body(&allocator) }
    }

    private func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
        guard byteCount >= 0, unsafe byteCount <= memory.count - usedBytes else { return nil }
        let start = unsafe memory.baseAddress?.advanced(by: usedBytes)
        let rounded = (byteCount + Self.alignment - 1) & ~(Self.alignment - 1)
        usedBytes = unsafe min(memory.count, usedBytes + rounded)
        return unsafe start
    }
}
