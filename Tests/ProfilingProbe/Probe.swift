import Glibc
import Observability
import Profiling
import ServiceKit
import Synchronization
import Threading

/// A process that works and holds memory, with its profiles on the port of `PROFILER_PORT`, until
/// SIGTERM. The tests read what it prints, one thing a line.
@main
struct Probe {
    static func main() throws {
        ProfilerBootstrap.reexecuteIfAsked()
        TerminationSignals.takeOver()
        let environment = Environment.ofProcess()
        for name in ["LD_PRELOAD", "BETTING_PROFILER_PRELOAD", "TCMALLOC_SAMPLE_PARAMETER"] {
            say("\(name)=\(environment.string(name) ?? "")")
        }
        say("loaded=\(ProfilerBootstrap.isLoaded)")
        guard let settings = try ProfilerSettings.asked(environment) else {
            return say("not asked")
        }

        let held = Hoard()
        BlockingThread.start("busy") { burnProcessorTime() }
        let endpoint: ProfilerEndpoint
        do {
            endpoint = try ProfilerEndpoint(settings)
        } catch {
            return say("\(error)")
        }
        say("complaint=\(endpoint.complaint ?? "")")
        say("port=\(endpoint.port)")
        _ = TerminationSignals.wait()
        endpoint.shutDown(timeoutMilliseconds: 2_000)
        say("held \(held.blocks.count)")
    }

    private static func say(_ text: String) {
        print(text)
        fflush(nil)
    }
}

/// Memory that a heap profile must find.
final class Hoard {
    let blocks: [[UInt64]]

    init() {
        blocks = (0..<64).map { Self.hoardedBlock($0) }
    }

    @inline(never)
    static func hoardedBlock(_ number: Int) -> [UInt64] {
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
