import Glibc
import ServiceKit

// hiredis writes with plain `write`: a lost connection must be an error, not a signal.
_ = signal(SIGPIPE, SIG_IGN)
let status = Betctl.run(Array(CommandLine.arguments.dropFirst()), environment: .ofProcess())
exit(status.rawValue)
