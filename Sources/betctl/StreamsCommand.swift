import BetStore
import JetStream
import PostgresClient
import Topology

/// `betctl streams`
struct StreamsCommand: Command {
    static let name = "streams"
    static let usage = """
        betctl streams [--update]
            create the streams and the consumer that are missing, enter the stream in the
            database, where backends look for it, and print what differs from the intention;
            --update: change the streams that differ. Exit 1 while a difference keeps backends
            from starting. STREAM_REPLICAS, BETS_MAX_AGE_HOURS, BETS_MAX_BYTES,
            DEAD_LETTERS_MAX_BYTES, ACK_WAIT_SECONDS and MAX_ACK_PENDING change the intention
        """

    private let updates: Bool

    init(_ arguments: [String]) throws(UsageError) {
        updates = try Arguments(arguments, flags: ["--update"]).has("--update")
    }

    func run(in session: Session) throws -> ExitStatus {
        let topology = Topology(try TopologySettings(session.environment))
        let (connection, manager) = try session.nats()
        defer { connection.close() }
        for name in try topology.createMissing(manager) { print("\(name): created") }
        if updates {
            for name in try topology.updateStreams(manager) { print("\(name): updated") }
        }
        let report = try topology.inspect(manager)
        for finding in report.findings { print(finding) }
        if report.findings.isEmpty { print("streams and consumer are as intended") }
        if let epoch = report.epoch {
            print("\(Topology.betsStream): epoch \(epoch)")
            let postgres = try session.postgres()
            defer { postgres.close() }
            try EpochRegistry.register(epoch, on: postgres)
        }
        return report.fatal.isEmpty ? .success : .failure
    }
}
