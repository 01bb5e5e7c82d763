import Glibc
import ServiceKit
import Telemetry

// A server that goes away is an error, not a signal.
_ = signal(SIGPIPE, SIG_IGN)
do {
    switch try Request(Array(CommandLine.arguments.dropFirst())) {
    case .rewind: try Rewinding.run(.ofProcess())
    case .read(let reading): try reading.run(.ofProcess())
    case .fill(let filling): try filling.run(.ofProcess())
    case .latency(let latency): try latency.run(.ofProcess())
    case .placing(let placing): try placing.run()
    }
} catch {
    StandardError.complain("benchmark-probe: \(error)")
    exit(1)
}
