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
        betctl streams renew
            make \(Topology.betsStream) anew, which begins a new epoch, after it lost its end or was
            put back from a copy. Messages without an outcome are carried over; what is stored
            stays. Refuses while backends are in the group; ended half way, run it again
        betctl streams trim [--keep 10m]
            free what \(Topology.betsStream) holds of bets that are stored and older than --keep.
            Backends do so by themselves from \(Int(StreamTrimmer.fullShare * 100)) % of its size on
        """

    private enum Verb {
        case create(updates: Bool)
        case trim(keep: Duration)
        case renew
    }

    /// Long enough for `betctl fill-gaps` to find what was lost a moment ago.
    private static let defaultKeep = Duration.seconds(600)

    private let verb: Verb

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(
            arguments,
            flags: ["--update"],
            options: ["--keep"],
            wordsMax: 1
        )
        let keep = try parsed.duration("--keep")
        switch parsed.words.first {
        case nil where keep == nil: verb = .create(updates: parsed.has("--update"))
        case "trim" where !parsed.has("--update"): verb = .trim(keep: keep ?? Self.defaultKeep)
        case "renew" where keep == nil && !parsed.has("--update"): verb = .renew
        default: throw UsageError("nothing, trim or renew is wanted, --keep with trim only")
        }
    }

    func run(in session: Session) throws -> ExitStatus {
        switch verb {
        case .create(let updates): try create(in: session, updates: updates)
        case .trim(let keep): try StreamTrim(session: session, keep: keep).run()
        case .renew: try renew(in: session)
        }
    }

    private func renew(in session: Session) throws -> ExitStatus {
        let topology = Topology(try TopologySettings(session.environment))
        let (connection, _) = try session.nats()
        defer { connection.close() }
        let postgres = try session.postgres()
        defer { postgres.close() }
        return try StreamRenewal(topology, connection, postgres).run()
    }

    private func create(in session: Session, updates: Bool) throws -> ExitStatus {
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
            let end = try StreamEnd(epoch: epoch, on: postgres)
            let last = try manager.streamInfo(Topology.betsStream)?.lastSequence
            if let loss = end.loss(last: last ?? .max) {
                print("\(Topology.betsStream): lost its end: \(loss): `betctl streams renew`")
                return .failure
            }
        }
        return report.fatal.isEmpty ? .success : .failure
    }
}
