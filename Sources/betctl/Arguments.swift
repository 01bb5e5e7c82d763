/// The words after a command's name, taken apart: `--flag`, `--option value`, `--option=value` and
/// the rest. `--` ends the options.
struct Arguments {
    /// The words that are neither option nor flag, in order.
    private(set) var words: [String] = []

    private var flags: Set<String> = []
    private var values: [String: String] = [:]

    /// - Parameters:
    ///   - flags: names that stand alone, with their dashes.
    ///   - options: names that take a value, with their dashes.
    ///   - wordsMax: how many other words make sense.
    init(
        _ arguments: [String],
        flags: Set<String> = [],
        options: Set<String> = [],
        wordsMax: Int = 0
    ) throws(UsageError) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--" {
                words += rest
                break
            }
            guard argument.hasPrefix("--") else {
                words.append(argument)
                continue
            }
            let parts = argument.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(parts[0])
            if flags.contains(name) {
                guard parts.count == 1 else { throw UsageError("\(name) takes no value") }
                self.flags.insert(name)
            } else if options.contains(name) {
                guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                    throw UsageError("\(name) needs a value")
                }
                guard values.updateValue(value, forKey: name) == nil else {
                    throw UsageError("\(name) is given twice")
                }
            } else {
                throw UsageError("unknown option \(name)")
            }
        }
        guard words.count <= wordsMax else {
            throw UsageError("'\(words[wordsMax])' is one word too many")
        }
    }

    func has(_ flag: String) -> Bool { flags.contains(flag) }

    func value(_ option: String) -> String? { values[option] }

    /// A whole number within `range`; nil when the option is absent.
    func integer(_ option: String, in range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = values[option] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw UsageError(
                "\(option) \(text): a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound) is wanted"
            )
        }
        return value
    }

    /// A time such as `500ms`, `60s`, `2m`, `24h`, or `60` for seconds; nil when the option is absent.
    func duration(_ option: String) throws(UsageError) -> Duration? {
        guard let text = values[option] else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: [String: Duration] = [
            "": .seconds(1), "s": .seconds(1), "ms": .milliseconds(1), "m": .seconds(60),
            "h": .seconds(3_600),
        ]
        guard let count = Int32(digits), let unit = units[String(text[digits.endIndex...])] else {
            throw UsageError("\(option) \(text): a time such as 60s, 500ms, 2m or 24h is wanted")
        }
        return unit * count
    }
}
