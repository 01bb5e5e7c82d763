import Foundation
import Telemetry
import TestSupport
import Testing

@Suite
struct ProcessMetricsTests {
    private func read() throws -> Exposition {
        let metrics = Metrics()
        ProcessMetrics.register(in: metrics, build: "1.2.3")
        return try Exposition(metrics.exposition())
    }

    @Test
    func `the figures are those of this process`() throws {
        let began = Date().timeIntervalSince1970
        let first = try read()
        #expect(first.value("betting_build_info", ["version": "1.2.3"]) == 1)
        let resident = try #require(first.value("process_resident_memory_bytes"))
        let peak = try #require(first.value("betting_process_peak_resident_bytes"))
        let virtual = try #require(first.value("process_virtual_memory_bytes"))
        #expect(resident > 1_048_576)
        #expect(peak >= resident && virtual >= resident)
        let start = try #require(first.value("process_start_time_seconds"))
        #expect(start <= began && start > began - 3_600)
        #expect(try #require(first.value("process_threads")) >= 1)
        let open = try #require(first.value("process_open_fds"))
        let most = try #require(first.value("process_max_fds"))
        #expect(open >= 3 && open < most)
        let cpu = try #require(first.value("process_cpu_seconds_total"))
        #expect(cpu > 0)
        #expect(try #require(read().value("process_cpu_seconds_total")) >= cpu)
    }

    @Test
    func `the allocator's figures follow what is allocated`() throws {
        let block = 64 << 20
        let bytes = [UInt8](repeating: 1, count: block)
        let with = try read()
        let mapped = try #require(with.value("betting_allocator_mapped_bytes"))
        let allocated = try #require(with.value("betting_allocator_allocated_bytes"))
        #expect(mapped >= Double(bytes.count))
        #expect(allocated >= mapped)
        #expect(try #require(with.value("betting_allocator_free_bytes")) >= 0)
    }

    @Test
    func `promtool has nothing to say about them`() throws {
        let metrics = Metrics()
        ProcessMetrics.register(in: metrics, build: "1.2.3")
        let histogram = metrics.histogram("betting_a_seconds", "A.", labels: [("x", "y\"\n")])
        histogram.observe(seconds: 1)
        guard let complaints = try Promtool.complaints(about: metrics.exposition()) else { return }
        #expect(complaints == "")
    }
}
