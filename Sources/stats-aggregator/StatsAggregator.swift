import Aggregation
import Profiling
import ServiceKit

/// Shows the fleet: see docs/ARCHITECTURE.md.
@main
struct StatsAggregator {
    private static let name = "stats-aggregator"

    static func main() {
        ServiceArguments.answer(program: name)
        ProfilerBootstrap.reexecuteIfAsked()
        ServiceProcess.run(AggregatorService.self, program: name)
    }
}
