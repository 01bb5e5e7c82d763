import CProfiler
import Glibc

/// Brings gperftools into a process that is asked for profiles, and into no other: its allocator and its
/// stack walker would cost every pod some of its memory. It has to be there before the first
/// allocation, so the program executes itself again with the library preloaded.
package enum ProfilerBootstrap {
    /// Asks for profiles when it is not empty.
    package static let variable = "PROFILER"
    /// Has the library that is preloaded.
    package static let debianPackage = "libgoogle-perftools4"

    /// Replaces the process by itself with the library preloaded, if `PROFILER` is set and this has not
    /// happened yet; returns otherwise, and where it cannot be done. In the new process it takes what
    /// it added out of the environment again, so that children do not inherit it.
    ///
    /// Call in `main` before anything is begun: it changes the environment, which only a process with
    /// one thread may, and a new program gets the old one's blocked and ignored signals. The process
    /// id stays. Look at the arguments before: in the new process Swift's `CommandLine` may be empty
    /// (see `ProcessArguments`).
    package static func reexecuteIfAsked() {
        guard value(variable)?.isEmpty == false else { return }
        if let preloadBefore = value(marker) {
            restoreEnvironment(preloadBefore)
            if isLoaded { profiler_begin_sampling() }
        } else {
            prepareEnvironment()
            execute()
            restoreEnvironment(value(marker) ?? "")
        }
    }

    /// Whether profiles can be taken.
    package static var isLoaded: Bool { Loaded.value }

    private static let library = "libtcmalloc_and_profiler.so.4"
    private static let preload = "LD_PRELOAD"
    /// Says that the process was executed again, and what `LD_PRELOAD` was before.
    private static let marker = "BETTING_PROFILER_PRELOAD"

    /// How the allocator works while it is profiled; a value from outside wins. One of 32 KiB of
    /// allocations is sampled: gperftools' advice of 512 KiB (malloc_extension.h) is for heaps of
    /// gigabytes, and would see next to nothing of the few megabytes here. Little is cached and free
    /// pages go back soon, so that the process stays near its usual size.
    private static let allocatorSettings = [
        ("TCMALLOC_SAMPLE_PARAMETER", "32768"),
        ("TCMALLOC_MAX_TOTAL_THREAD_CACHE_BYTES", "1048576"),
        ("TCMALLOC_AGGRESSIVE_DECOMMIT", "1"),
    ]

    private static func value(_ name: String) -> String? {
        guard let text = unsafe getenv(name) else { return nil }
        return unsafe String(cString: text)
    }

    private static func prepareEnvironment() {
        let before = value(preload) ?? ""
        unsafe setenv(marker, before, 1)
        unsafe setenv(preload, before.isEmpty ? library : "\(library):\(before)", 1)
        for (name, value) in allocatorSettings { unsafe setenv(name, value, 0) }
    }

    private static func restoreEnvironment(_ preloadBefore: String) {
        unsafe unsetenv(marker)
        if preloadBefore.isEmpty {
            unsafe unsetenv(preload)
        } else {
            unsafe setenv(preload, preloadBefore, 1)
        }
        for (name, _) in allocatorSettings { unsafe unsetenv(name) }
    }

    /// Returns only where it fails. The path comes first, because the kernel names the process after
    /// it; the link also works when the file has been moved or deleted.
    private static func execute() {
        let link = "/proc/self/exe"
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        if unsafe readlink(link, &path, Int(PATH_MAX)) > 0 {
            unsafe execv(path, CommandLine.unsafeArgv)
        }
        unsafe execv(link, CommandLine.unsafeArgv)
    }
}
