import WorkerService
import Profiling
import ServiceKit

/// Matches, settles and refunds placed bets: see docs/ARCHITECTURE.md.
@main
struct Worker {
    private static let name = "worker"

    static func main() {
        ServiceArguments.answer(program: name)
        ProfilerBootstrap.reexecuteIfAsked()
        ServiceProcess.run(WorkerService.self, program: name)
    }
}
