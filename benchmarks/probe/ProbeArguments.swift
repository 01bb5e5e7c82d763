/// A verb and the options behind it, taken one by one.
struct ProbeArguments {
    let verb: String?
    private var rest: [String]

    init(_ arguments: [String]) {
        verb = arguments.first
        rest = Array(arguments.dropFirst())
    }

    /// Takes an option without a value; whether it was there.
    mutating func flag(_ name: String) -> Bool {
        guard let index = rest.firstIndex(of: name) else { return false }
        rest.remove(at: index)
        return true
    }

    /// Takes an option with a number.
    ///
    /// - Throws: `usage`.
    mutating func number(_ name: String, in range: ClosedRange<Int>) throws(ProbeError) -> Int {
        guard let value = Int(try text(name)), range.contains(value) else {
            throw .usage("\(name) \(range.lowerBound) to \(range.upperBound) is wanted")
        }
        return value
    }

    /// Takes an option with a value.
    ///
    /// - Throws: `usage`.
    mutating func text(_ name: String) throws(ProbeError) -> String {
        guard let index = rest.firstIndex(of: name), index + 1 < rest.count else {
            throw .usage("\(name) is wanted, with a value")
        }
        defer { rest.removeSubrange(index...index + 1) }
        return rest[index + 1]
    }

    /// - Throws: `usage` for what nobody took.
    func finish() throws(ProbeError) {
        guard rest.isEmpty else { throw .usage("no option \(rest[0])") }
    }
}

/// Why there is no figure.
enum ProbeError: Error, CustomStringConvertible {
    case usage(String)
    /// Messages that did not come, or have no answer.
    case unanswered(Int)
    case refused(String)

    var description: String {
        switch self {
        case .usage(let text), .refused(let text): text
        case .unanswered(let count): "\(count) messages did not come, or have no answer"
        }
    }
}
