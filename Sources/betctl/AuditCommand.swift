/// `betctl audit`
struct AuditCommand: Command {
    static let name = "audit"
    static let usage = """
        betctl audit [--journal FILE] [--json] [--timeout 60s]
            check every invariant up to the stream's last sequence, also under load; --journal:
            what load-simulator wrote down. Exit 0 clean, 1 violation, 2 undecided
        """

    private static let defaultTimeout = Duration.seconds(60)

    private let journal: String?
    private let printsJSON: Bool
    private let timeout: Duration

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(
            arguments,
            flags: ["--json"],
            options: ["--journal", "--timeout"]
        )
        journal = parsed.value("--journal")
        printsJSON = parsed.has("--json")
        timeout = try parsed.duration("--timeout") ?? Self.defaultTimeout
    }

    func run(in session: Session) throws -> ExitStatus {
        let journal = try journal.map { try Journal(readingFrom: $0) }
        let report = try Audit(session: session, journal: journal, timeout: timeout).run()
        print(printsJSON ? report.json : report.table)
        return report.exitStatus
    }
}
