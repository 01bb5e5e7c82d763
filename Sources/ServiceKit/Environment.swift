import Glibc

/// A setting that was given and is wrong, or is missing and has no default. Stops the process:
/// there is no silent default for a value that was given.
package struct ConfigurationError: Error, CustomStringConvertible {
    /// Names the variable, the value and what would be right.
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// Typed reading of environment variables.
package struct Environment: Sendable {
    private let values: [String: String]

    /// - Parameter values: stands in for the process's environment in tests.
    package init(_ values: [String: String]) {
        self.values = values
    }

    /// The process's own environment.
    package static func ofProcess() -> Environment {
        var values: [String: String] = [:]
        var next = unsafe environ
        while let entry = unsafe next.pointee {
            let text = unsafe String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                values[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            unsafe next += 1
        }
        return Environment(values)
    }

    /// The value, nil when the variable is absent. Present but empty counts as absent.
    package func string(_ name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The value, or `fallback` when the variable is absent.
    package func string(_ name: String, default fallback: String) -> String {
        string(name) ?? fallback
    }

    /// A whole number within `range`.
    package func integer(
        _ name: String,
        default fallback: Int,
        in range: ClosedRange<Int>
    ) throws(ConfigurationError) -> Int {
        guard let text = string(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw ConfigurationError(
                "\(name)=\(text): a whole number from \(range.lowerBound) to "
                    + "\(range.upperBound) is wanted"
            )
        }
        return value
    }

    /// `1`, `true`, `yes`, `on` or `0`, `false`, `no`, `off`.
    package func flag(_ name: String, default fallback: Bool) throws(ConfigurationError) -> Bool {
        guard let text = string(name) else { return fallback }
        switch text.lowercased() {
        case "1", "true", "yes", "on": return true
        case "0", "false", "no", "off": return false
        default: throw ConfigurationError("\(name)=\(text): 1 or 0 is wanted")
        }
    }

    /// One of the cases of an enum, by raw value.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String,
        default fallback: Choice
    ) throws(ConfigurationError) -> Choice where Choice.RawValue == String {
        guard let text = string(name) else { return fallback }
        guard let value = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError("\(name)=\(text): one of \(choices) is wanted")
        }
        return value
    }
}
