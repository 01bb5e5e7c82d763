import Glibc
import Telemetry

/// The command line of a program that takes its settings from the environment: it knows `--version`.
package enum ServiceArguments {
    /// Answers the arguments and exits, if there are any.
    package static func answer(program: String) {
        guard let argument = CommandLine.arguments.dropFirst().first else { return }
        guard argument == "--version" else {
            StandardError.complain(
                "\(program): settings come from the environment; only --version is known"
            )
            exit(EX_USAGE)
        }
        print("\(program) \(Build.version)")
        exit(EX_OK)
    }
}
