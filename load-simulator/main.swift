import Glibc
import ServiceKit

// First of all, so that no thread is ever interrupted by a signal.
TerminationSignals.takeOver()

do throws(UsageError) {
    switch try Command(Array(CommandLine.arguments.dropFirst())) {
    case .help: print(Command.usage)
    case .version: print("load-simulator \(Build.version)")
    case .run(let options): exit(Simulation.run(options, Environment.ofProcess()))
    }
} catch {
    Terminal.complain("load-simulator: \(error)\nload-simulator --help lists the options.")
    exit(2)
}
