import Glibc
import Observability
import Profiling
import ServiceKit
import Synchronization
import Threading

/// A process that works and holds memory, with its profiles on a free port, which it prints. Ends with
/// its standard input.
@main
struct Probe {
    static func main() throws {
        ProfilerBootstrap.reexecuteIfAsked()
        guard let settings = try ProfilerSettings.asked(Environment.ofProcess()) else {
            print("not asked")
            return
        }
        let held = Hoard()
        BlockingThread.start("busy") { burnProcessorTime() }
        let endpoint = try ProfilerEndpoint(settings)
        print(endpoint.port)
        for name in ["LD_PRELOAD", "BETTING_PROFILER_PRELOAD", "TCMALLOC_SAMPLE_PARAMETER"] {
            print("\(name)=\(Environment.ofProcess().string(name) ?? "")")
        }
        print("complaint: \(endpoint.complaint ?? "")")
        fflush(nil)
        while let line = readLine() { if line == "stop" { break } }
        endpoint.shutDown(timeoutMilliseconds: 1_000)
        print("held \(held.blocks.count)")
    }
}

/// Memory that a heap profile must find.
final class Hoard {
    let blocks: [[UInt64]]

    init() {
        blocks = (0..<64).map { Self.hoardedBlock($0) }
    }

    @inline(never)
    private static func hoardedBlock(_ number: Int) -> [UInt64] {
        [UInt64](repeating: UInt64(number), count: 32_768)
    }
}

let burnt = Atomic<UInt64>(0)

/// Work that a CPU profile must find.
@inline(never)
func burnProcessorTime() {
    var state: UInt64 = 1
    while true {
        for _ in 0..<1_000_000 { state = state &* 6_364_136_223_846_793_005 &+ 1 }
        burnt.store(state, ordering: .relaxed)
    }
}
