/// What the command line asks for. Figures are printed as `key=value`, one a line.
enum Request {
    case rewind
    case read(Reading)

    static let usage = """
        Usage: benchmark-probe rewind
               benchmark-probe read --count N [--acknowledge]
        """

    /// - Throws: `ProbeError.usage`.
    init(_ arguments: [String]) throws(ProbeError) {
        var arguments = ProbeArguments(arguments.dropFirst(), of: arguments.first)
        switch arguments.verb {
        case "rewind": self = .rewind
        case "read":
            self = .read(
                Reading(
                    count: try arguments.number("--count", in: 1...100_000_000),
                    acknowledges: arguments.flag("--acknowledge")
                )
            )
        default: throw .usage(Self.usage)
        }
        try arguments.finish()
    }
}

/// Options behind a verb, taken one by one.
struct ProbeArguments {
    let verb: String?
    private var rest: [String]

    init(_ rest: ArraySlice<String>, of verb: String?) {
        self.verb = verb
        self.rest = Array(rest)
    }

    mutating func flag(_ name: String) -> Bool {
        guard let index = rest.firstIndex(of: name) else { return false }
        rest.remove(at: index)
        return true
    }

    mutating func number(_ name: String, in range: ClosedRange<Int>) throws(ProbeError) -> Int {
        guard
            let index = rest.firstIndex(of: name), index + 1 < rest.count,
            let value = Int(rest[index + 1]), range.contains(value)
        else { throw .usage("\(name) \(range.lowerBound) to \(range.upperBound) is wanted") }
        rest.removeSubrange(index...index + 1)
        return value
    }

    /// - Throws: `usage` for what nobody took.
    func finish() throws(ProbeError) {
        guard rest.isEmpty else { throw .usage("no option \(rest[0])") }
    }
}

/// Why there is no figure.
enum ProbeError: Error, CustomStringConvertible {
    case usage(String)
    /// The bets that have no answer.
    case unanswered(Int)
    case refused(String)

    var description: String {
        switch self {
        case .usage(let text): text
        case .unanswered(let count): "\(count) messages did not come, or have no answer"
        case .refused(let text): text
        }
    }
}
