import CAllocator
import Glibc

/// What every process tells about itself: CPU, memory, descriptors and threads under the names
/// Prometheus' client libraries use, the build, and what malloc holds.
package enum ProcessMetrics {
    /// Adds them. They are read from the kernel whenever somebody asks.
    ///
    /// - Parameter build: the version that `betting_build_info` tells.
    package static func register(in metrics: Metrics, build: String) {
        let start = ProcessFigures.startSeconds()
        metrics.collect { writer in
            writeKernel(ProcessFigures.read(), start, &writer)
            writer.family("betting_build_info", .gauge, "Always 1; which build this is.")
            writer.sample(1, labels: [("version", build)])
            writeAllocator(&writer)
        }
    }

    private static func writeKernel(
        _ figures: ProcessFigures,
        _ start: Double?,
        _ writer: inout MetricsWriter
    ) {
        writer.family("process_cpu_seconds_total", .counter, "User and system CPU time.")
        writer.sample(figures.cpuSeconds)
        let gauges: KeyValuePairs<String, (String, Int?)> = [
            "process_resident_memory_bytes": ("Memory in RAM.", figures.residentBytes),
            "process_virtual_memory_bytes": ("Address space.", figures.virtualBytes),
            "process_open_fds": ("Open descriptors.", figures.openDescriptors),
            "process_max_fds": ("The soft limit of descriptors.", figures.descriptorsMax),
            "process_threads": ("Threads of the process.", figures.threads),
            "betting_process_peak_resident_bytes": (
                "The most memory that was ever in RAM.", figures.peakResidentBytes
            ),
        ]
        for (name, (help, value)) in gauges {
            writer.family(name, .gauge, help)
            if let value { writer.sample(value) }
        }
        writer.family(
            "process_start_time_seconds",
            .gauge,
            "When the process started, in seconds since 1970."
        )
        if let start { writer.sample(start) }
    }

    private static func writeAllocator(_ writer: inout MetricsWriter) {
        let info = mallinfo2()
        let gauges: KeyValuePairs<String, (String, Int)> = [
            "betting_allocator_allocated_bytes": (
                "In use as malloc knows it, large blocks included.", info.uordblks + info.hblkhd
            ),
            "betting_allocator_free_bytes": ("Kept by malloc and not in use.", info.fordblks),
            "betting_allocator_mapped_bytes": (
                "Large blocks, each mapped by itself.", info.hblkhd
            ),
        ]
        for (name, (help, value)) in gauges {
            writer.family(name, .gauge, help)
            writer.sample(value)
        }
    }
}
