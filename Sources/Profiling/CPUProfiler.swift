import CProfiler
import Glibc
import Synchronization
package import Threading

/// Where the process spends its processor time, sampled a hundred times a second of it.
package enum CPUProfiler {
    private static let isRunning = Atomic(false)
    /// How long a stop may go unnoticed.
    private static let lookMilliseconds = 50
    /// A minute of two full cores with stacks of 64 frames, none of them alike, is half of this.
    private static let profileBytesMax = 16 << 20

    /// Samples the whole process for a while and returns the profile in gperftools' binary form, its
    /// map of loaded files at the end. Blocks the calling thread; may be called by any, but only
    /// one profile can be taken at a time.
    ///
    /// While it runs, SIGPROF interrupts threads that work; now and then a system call that the
    /// kernel does not restart by itself (`poll`, `nanosleep`) ends with EINTR.
    ///
    /// - Parameter stop: ends it early; there is no profile then.
    package static func profile(
        for time: Duration,
        stop: Flag
    ) throws(ProfilingError) -> [UInt8] {
        guard Loaded.value else { throw .notLoaded }
        let (isFree, _) = isRunning.compareExchange(
            expected: false,
            desired: true,
            ordering: .acquiringAndReleasing
        )
        guard isFree else { throw .busy }
        defer { isRunning.store(false, ordering: .releasing) }
        return try record(for: time, stop: stop)
    }

    /// The profiler writes to a file by name; a pod's disk may be read-only, so the file is in memory.
    private static func record(for time: Duration, stop: Flag) throws(ProfilingError) -> [UInt8] {
        let file = profiler_memory_file()
        guard file >= 0 else { throw .failed("no file in memory: error \(errno)") }
        defer { close(file) }
        guard unsafe profiler_cpu_start("/proc/self/fd/\(file)") else {
            throw .failed("the CPU profiler does not start; is CPUPROFILE set?")
        }
        pause(for: time, stop: stop)
        profiler_cpu_stop()
        if stop.load() { throw .stopped }
        return try contents(of: file)
    }

    private static func pause(for time: Duration, stop: Flag) {
        let end = ContinuousClock.now + time
        while !stop.load() {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return }
            BlockingThread.pause(for: min(left, .milliseconds(lookMilliseconds)))
        }
    }

    private static func contents(of file: Int32) throws(ProfilingError) -> [UInt8] {
        let size = lseek(file, 0, SEEK_END)
        guard size > 0, size <= profileBytesMax else {
            throw .failed("a CPU profile of \(size) bytes")
        }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            count = max(0, unsafe pread(file, buffer.baseAddress, size, 0))
        }
        guard bytes.count == size else { throw .failed("the CPU profile cannot be read") }
        return bytes
    }
}
