import Glibc

/// What the process was started with, from the kernel: Swift's `CommandLine` looks for it on the stack
/// and finds nothing when the runtime is linked in and tcmalloc is preloaded.
package enum ProcessArguments {
    private static let bytesMax = 64 << 10

    /// The program and its arguments, each ended by NUL; empty where the kernel does not say.
    package static func bytes() -> [UInt8] {
        let file = unsafe open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        return unsafe [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            count = max(0, unsafe read(file, buffer.baseAddress, bytesMax))
        }
    }
}
