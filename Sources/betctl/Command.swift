/// A verb of betctl.
protocol Command {
    /// The first word of the command line.
    static var name: String { get }

    /// How it is called and what it does, for `--help`.
    static var usage: String { get }

    /// - Parameter arguments: the words after the name.
    init(_ arguments: [String]) throws(UsageError)

    func run(in session: Session) throws -> ExitStatus
}
