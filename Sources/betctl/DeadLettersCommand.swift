import JetStream
import ServiceKit
import Telemetry
import Topology

/// `betctl dead-letters`
struct DeadLettersCommand: Command {
    static let name = "dead-letters"
    static let usage = """
        betctl dead-letters list [--reason REASON] [--limit 100] [--json]
            the newest copies of rejected messages: sequence, when, why, headers, size
        betctl dead-letters replay [SEQUENCE...] [--reason REASON] [--all]
            publish them to \(Topology.betsSubject) again, each under a new message id
        betctl dead-letters purge [--yes]
            delete the copies; the rows in rejected_bets stay. Asks unless --yes
        """

    private enum Verb {
        case list(limit: Int, json: Bool)
        case replay(sequences: Set<UInt64>)
        case purge(asks: Bool)
    }

    private static let defaultLimit = 100
    private static let limitMax = 1_000_000

    private let verb: Verb
    private let reason: String?

    init(_ arguments: [String]) throws(UsageError) {
        let parsed = try Arguments(
            arguments,
            flags: ["--json", "--all", "--yes"],
            options: ["--reason", "--limit"],
            wordsMax: .max
        )
        reason = parsed.value("--reason")
        let words = parsed.words.dropFirst()
        switch parsed.words.first {
        case "list" where words.isEmpty:
            let limit = try parsed.integer("--limit", in: 1...Self.limitMax)
            verb = .list(limit: limit ?? Self.defaultLimit, json: parsed.has("--json"))
        case "replay":
            var sequences: Set<UInt64> = []
            for word in words {
                guard let sequence = UInt64(word), sequence > 0 else {
                    throw UsageError("'\(word)' is not a sequence")
                }
                sequences.insert(sequence)
            }
            guard !sequences.isEmpty || reason != nil || parsed.has("--all") else {
                throw UsageError("which ones? Sequences, --reason or --all")
            }
            verb = .replay(sequences: sequences)
        case "purge" where words.isEmpty && reason == nil: verb = .purge(asks: !parsed.has("--yes"))
        default: throw UsageError("list, replay or purge is wanted")
        }
    }

    func run(in session: Session) throws -> ExitStatus {
        let (connection, manager) = try session.nats()
        defer { connection.close() }
        let letters = DeadLetterBox(connection: connection, manager: manager)
        switch verb {
        case .list(let limit, let json):
            for letter in try letters.newest(limit, reason: reason).reversed() {
                print(json ? letter.json : letter.line)
            }
        case .replay(let sequences):
            let wanted =
                sequences.isEmpty
                ? try letters.newest(Self.limitMax, reason: reason).reversed()
                : try letters.at(sequences.sorted())
            for letter in wanted where reason == nil || letter.reason == reason {
                let sequence = try letters.replay(letter)
                print("\(letter.message.sequence): published again as sequence \(sequence)")
            }
        case .purge(let asks):
            let question = "This deletes the copies of all rejected messages."
            guard !asks || Confirmation.given(question, word: "purge") else {
                throw CommandFailure("nothing was changed")
            }
            print("deleted \(try letters.purge())")
        }
        return .success
    }
}
