import BetCodec
import Betting

/// Reads a command line, argument by argument.
struct CommandParser {
    private var options = Options()
    private var positional: [String] = []
    private var givenNames: Set<String> = []

    mutating func parse(_ arguments: [String]) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            guard argument.hasPrefix("--") else {
                positional.append(argument)
                continue
            }
            let parts = argument.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(parts[0])
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError("\(name) wants a value")
            }
            guard givenNames.insert(name).inserted else { throw UsageError("\(name) twice") }
            if try setContent(name, value) { continue }
            guard try setDelivery(name, value) else { throw UsageError("no option \(name)") }
        }
    }

    /// False when it is no option of this kind.
    private mutating func setContent(_ name: String, _ value: String) throws(UsageError) -> Bool {
        switch name {
        case "--games": options.content.games = try Self.number(name, value, 1...1_000_000_000)
        case "--users": options.content.users = try Self.number(name, value, 0...UInt64(Int64.max))
        case "--selections":
            options.content.selections = try Self.number(name, value, 0...1_000_000_000)
        case "--bet-types": options.content.betTypes = try Self.betTypes(value)
        case "--encoding":
            guard value == "json" || value == "protobuf" else {
                throw UsageError("--encoding \(value): json or protobuf is wanted")
            }
            options.content.encoding = value == "json" ? .json : .protobuf
        case "--seed": options.content.seed = try Self.number(name, value, 0 ... .max)
        case "--duplicates": options.content.duplicates = try Self.decimal(name, value, 0...1)
        case "--malformed": options.content.malformed = try Self.decimal(name, value, 0...1)
        default: return false
        }
        return true
    }

    private mutating func setDelivery(_ name: String, _ value: String) throws(UsageError) -> Bool {
        switch name {
        case "--rate": options.pace.rate = try Self.decimal(name, value, 0.001...10_000_000)
        case "--ramp": options.pace.rampSeconds = try Self.decimal(name, value, 0...86_400)
        case "--connections": options.connections = Int(try Self.number(name, value, 1...64))
        case "--window": options.window = Int(try Self.number(name, value, 1...65_535))
        case "--ack-timeout":
            options.acknowledgementTimeoutMilliseconds = Int(
                try Self.number(name, value, 1...600_000)
            )
        case "--retries": options.retries = Int(try Self.number(name, value, 0...1_000))
        case "--subject": options.subject = try Self.subject(name, value)
        case "--stream": options.stream = try Self.subject(name, value)
        case "--journal": options.journal = value
        case "--resume": options.resume = value
        default: return false
        }
        return true
    }

    /// The options, when they go together.
    func finish() throws(UsageError) -> Options {
        var options = options
        if options.resume != nil {
            let allowed: Set = [
                "--resume", "--connections", "--window", "--ack-timeout", "--retries",
            ]
            guard positional.isEmpty, givenNames.isSubset(of: allowed) else {
                throw UsageError("--resume takes what to send from the journal")
            }
            return options
        }
        var numbers = positional[...]
        if options.pace.rate == nil {
            guard let interval = numbers.popFirst() else {
                throw UsageError("an interval and a count are wanted")
            }
            let milliseconds = try Self.decimal("the interval", interval, 0...86_400_000)
            options.pace.rate = milliseconds > 0 ? 1000 / milliseconds : nil
        } else if numbers.count == 2 {
            throw UsageError("--rate takes the place of the interval")
        }
        guard let count = numbers.popFirst(), numbers.isEmpty else {
            throw UsageError("an interval and a count are wanted")
        }
        options.count = try Self.number("the count", count, 0...1_000_000_000_000)
        guard options.pace.rampSeconds == 0 || options.pace.rate != nil else {
            throw UsageError("--ramp wants a rate or an interval above 0")
        }
        guard options.content.duplicates + options.content.malformed <= 1 else {
            throw UsageError("--duplicates and --malformed are more than everything")
        }
        guard options.window >= options.connections else {
            throw UsageError("--window is smaller than --connections")
        }
        return options
    }

    private static func betTypes(_ value: String) throws(UsageError) -> [BetType] {
        var types: [BetType] = []
        for name in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let type = BetType(name: String(name)) else {
                throw UsageError("--bet-types: there is no \(name)")
            }
            types.append(type)
        }
        return types
    }

    /// Names that a publisher may use: no wildcards, no space, nothing that JSON escapes.
    private static func subject(_ name: String, _ value: String) throws(UsageError) -> String {
        guard Identifier(value) != nil, !value.hasPrefix("."), !value.hasSuffix(".") else {
            throw UsageError("\(name) \(value): a name of A–Z a–z 0–9 _ . : - is wanted")
        }
        return value
    }

    private static func number(
        _ name: String,
        _ text: String,
        _ range: ClosedRange<UInt64>
    ) throws(UsageError) -> UInt64 {
        guard let value = UInt64(text), range.contains(value) else {
            throw UsageError(
                "\(name) \(text): a whole number from \(range.lowerBound) to \(range.upperBound) is wanted"
            )
        }
        return value
    }

    private static func decimal(
        _ name: String,
        _ text: String,
        _ range: ClosedRange<Double>
    ) throws(UsageError) -> Double {
        guard let value = Double(text), range.contains(value) else {
            throw UsageError(
                "\(name) \(text): a number from \(range.lowerBound) to \(range.upperBound) is wanted"
            )
        }
        return value
    }
}
