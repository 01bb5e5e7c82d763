/// What betctl exits with.
enum ExitStatus: Int32 {
    case success = 0
    /// It was not done, or the audit found a violation.
    case failure = 1
    /// The audit could not decide.
    case undecided = 2
    /// The command line makes no sense (EX_USAGE).
    case usage = 64
}
