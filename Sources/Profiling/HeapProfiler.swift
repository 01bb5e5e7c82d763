import CProfiler

/// What the process holds in memory, by the stacks that allocated it.
package enum HeapProfiler {
    /// The sampled allocations that are still held, as gperftools' `heap_v2` text with the map of
    /// loaded files at its end. Any thread; takes milliseconds.
    package static func sample() throws(ProfilingError) -> [UInt8] {
        guard Loaded.value else { throw .notLoaded }
        let text = unsafe profiler_heap_sample()
        defer { unsafe profiler_text_free(text) }
        let bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: text.bytes, count: text.count))
        guard bytes.starts(with: "heap profile:".utf8) else {
            throw .failed("the allocator gives no heap profile")
        }
        return bytes
    }
}
