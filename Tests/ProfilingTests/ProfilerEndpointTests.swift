import Foundation
import TestSupport
import Testing

@testable import Profiling

/// The preloaded library, the profiles and the HTTP side, against a process that has them.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct ProfilerEndpointTests {
    private static let busyFunction = "ProfilingProbe.burnProcessorTime() -> ()"

    @Test
    func `a process that is not asked is not touched`() async throws {
        let directory = try TemporaryDirectory("probe")
        let process = try ProbeProcess.run(["PROFILER": ""], in: directory)
        #expect(try await process.waitForExit() == 0)
        #expect(process.log.contains("loaded=false"))
        #expect(process.log.contains("not asked"))
    }

    @Test
    func `the library is loaded, and children inherit nothing of it`() async throws {
        let probe = try await ProbeProcess.start(["LD_PRELOAD": "libm.so.6"])
        #expect(probe.printed("loaded") == "true")
        #expect(probe.printed("complaint") == "")
        #expect(probe.printed("LD_PRELOAD") == "libm.so.6")
        #expect(probe.printed("BETTING_PROFILER_PRELOAD") == "")
        #expect(probe.printed("TCMALLOC_SAMPLE_PARAMETER") == "")
        let name = try String(contentsOfFile: "/proc/\(probe.process.pid)/comm", encoding: .utf8)
        #expect(name == "ProfilingProbe\n")
    }

    @Test
    func `without the library the process works and says what is missing`() async throws {
        // As after a start in which the loader did not find it.
        let probe = try await ProbeProcess.start(["BETTING_PROFILER_PRELOAD": ""])
        #expect(probe.printed("loaded") == "false")
        #expect(probe.printed("complaint")?.contains(ProfilerBootstrap.debianPackage) == true)
        for path in ["heap", "profile?seconds=1"] {
            let answer = try await probe.get(path)
            #expect(answer.status == 501)
            #expect(answer.text.contains(ProfilerBootstrap.debianPackage))
        }
        #expect(try await probe.get("").text.contains(ProfilerBootstrap.debianPackage))
    }

    @Test
    func `what is not a profile`() async throws {
        let probe = try await ProbeProcess.start()
        let index = try await probe.get("")
        #expect(index.status == 200)
        #expect(index.contentType.hasPrefix("text/html"))
        #expect(index.text.contains("go tool pprof"))
        #expect(try await probe.get("/debug/pprof").text == index.text)

        let line = try await probe.get("cmdline")
        #expect(line.text.split(separator: "\0").last == "an argument")
        #expect(try await probe.get("symbol").text == "num_symbols: 1\n")

        for path in ["goroutine", "heap/x", "/", "/metrics"] {
            #expect(try await probe.get(path).status == 404, "\(path)")
        }
        #expect(try await probe.send("POST", "heap").status == 405)
        for seconds in ["0", "61", "-1", "1.5", "", "x", "99999999999999999999"] {
            let answer = try await probe.get("profile?seconds=\(seconds)")
            #expect(answer.status == 400, "\(seconds)")
        }
    }

    @Test
    func `addresses are answered with names`() async throws {
        let probe = try await ProbeProcess.start()
        let heap = try await probe.get("heap?debug=1").text
        // Of all allocations that were sampled: in what order they come is nobody's to say.
        let addresses = heap.split(separator: "\n").dropFirst().prefix { $0.contains("@") }
            .flatMap { $0.split(separator: "@").last?.split(separator: " ") ?? [] }
            .map(String.init)
        let answer = try await probe.send("POST", "symbol", addresses.joined(separator: "+"))
        #expect(answer.status == 200)
        let lines = answer.text.split(separator: "\n")
        #expect(lines.contains { $0.contains("ProfilingProbe.Hoard.hoardedBlock") })
        for line in lines { #expect(addresses.contains { line.hasPrefix($0 + "\t") }, "\(line)") }

        for body in ["", "zebra", "0x1+", "0x1+17", "0x11111111111111111"] {
            let status = try await probe.send("POST", "symbol", body).status
            #expect(status == (body == "0x1+" ? 200 : 400), "\(body)")
        }
        let many = Array(repeating: "0x7fffffffffff", count: 10_000).joined(separator: "+")
        #expect(try await probe.send("POST", "symbol", many).status == 200)
        #expect(try await probe.send("POST", "symbol", many + "+" + many).status == 413)
    }

    @Test
    func `raw profiles are gperftools' own`() async throws {
        let probe = try await ProbeProcess.start()
        let heap = try await probe.get("heap?debug=1")
        #expect(heap.contentType == "application/octet-stream")
        #expect(heap.text.hasPrefix("heap profile:"))
        let heapSamples = try #require(StackSamples(heap: Array(heap.body)))
        let heldBytes = heapSamples.samples.reduce(0) { $0 + $1.values[1] }
        #expect((8 << 20...32 << 20).contains(heldBytes), "it holds 16 MiB: \(heldBytes)")

        let cpu = try await probe.get("profile?seconds=1&debug=1")
        let cpuSamples = try #require(StackSamples(cpu: Array(cpu.body)))
        #expect(cpuSamples.samples.reduce(0) { $0 + $1.values[0] } > 10)
        #expect(cpuSamples.files.contains { $0.path.hasSuffix("/ProfilingProbe") })
    }

    @Test
    func `go tool pprof reads both, with Swift names`() async throws {
        let probe = try await ProbeProcess.start()
        let heap = try await probe.pprofTop("heap")
        #expect(heap.contains("ProfilingProbe.Hoard.hoardedBlock"), "\(heap)")
        #expect(heap.contains("Type: inuse_space"))
        let cpu = try await probe.pprofTop("profile?seconds=1")
        #expect(cpu.contains(Self.busyFunction), "\(cpu)")
        // What pprof makes of a raw profile whose program it cannot see: it asks for the names.
        let asked = try await probe.pprofTop("profile?seconds=1&debug=1", ["-symbolize=remote"])
        #expect(asked.contains("burnProcessorTime"), "\(asked)")
    }

    @Test
    func `one CPU profile at a time, and heap profiles beside it`() async throws {
        let probe = try await ProbeProcess.start()
        let statuses = try await twoProfiles(of: probe, seconds: 4) { refused in
            let heap = try await probe.get("heap")
            #expect(refused.text.contains(#""code":"busy""#))
            #expect(heap.status == 200)
        }
        #expect(statuses == [409, 200])
        #expect(try await probe.get("profile?seconds=1").status == 200, "free again")
    }

    @Test
    func `a shutdown does not wait for a profile`() async throws {
        let probe = try await ProbeProcess.start()
        let asked = ContinuousClock.now
        let statuses = try await twoProfiles(of: probe, seconds: 60) { _ in
            try await probe.process.stop()
        }
        #expect(statuses == [409, 503])
        #expect(asked.duration(to: .now) < .seconds(30))
        #expect(probe.process.exitStatus == 0)
    }

    /// Asks for two at once and calls `meanwhile` with the first answer. Returns both in their order.
    private func twoProfiles(
        of probe: ProbeProcess,
        seconds: Int,
        meanwhile: (ProbeProcess.Answer) async throws -> Void
    ) async throws -> [Int] {
        try await withThrowingTaskGroup(of: ProbeProcess.Answer.self) { group in
            for _ in 0..<2 { group.addTask { try await probe.get("profile?seconds=\(seconds)") } }
            let first = try #require(try await group.next())
            try await meanwhile(first)
            let second = try #require(try await group.next())
            return [first.status, second.status]
        }
    }

    @Test
    func `a taken port is an error that names it`() async throws {
        let probe = try await ProbeProcess.start()
        let directory = try TemporaryDirectory("probe")
        let process = try ProbeProcess.run(["PROFILER_PORT": "\(probe.port)"], in: directory)
        #expect(try await process.waitForExit() == 0)
        #expect(process.log.contains("\(probe.port)"), "\(process.log)")
    }
}
