/// Names and values as the text format wants them (Prometheus, "Exposition formats").
///
/// Names are written by programmers, so a wrong one is a broken invariant. Label values may come
/// from anywhere; every one can be written.
enum MetricGrammar {
    /// Whether it is a metric's name: ASCII letters, digits, `_`, not beginning with a digit.
    /// Colons, though in the grammar, are left to recording rules.
    static func isMetricName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !isDigit(first) else { return false }
        return name.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "_") }
    }

    /// Whether it is a label's name. Two leading underscores belong to Prometheus, `le` to
    /// histograms.
    static func isLabelName(_ name: String) -> Bool {
        isMetricName(name) && !name.hasPrefix("__") && name != "le"
    }

    /// `{a="x",b="y"}`, nothing without labels.
    static func text(of labels: [(String, String)]) -> [UInt8] {
        var text: [UInt8] = []
        for (index, (name, value)) in labels.enumerated() {
            precondition(isLabelName(name), "\(name) cannot be the name of a label")
            precondition(
                !labels[..<index].contains { $0.0 == name },
                "the label \(name) is there twice"
            )
            text.append(UInt8(ascii: index == 0 ? "{" : ","))
            text.append(contentsOf: name.utf8)
            text.append(contentsOf: "=\"".utf8)
            appendEscaped(value, quotes: true, to: &text)
            text.append(UInt8(ascii: "\""))
        }
        if !labels.isEmpty { text.append(UInt8(ascii: "}")) }
        return text
    }

    /// Appends a text on one line: `\` and line feed escaped, quotes too where they would end it.
    static func appendEscaped(_ text: String, quotes: Bool, to bytes: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
            case UInt8(ascii: "\n"): bytes.append(contentsOf: #"\n"#.utf8)
            case UInt8(ascii: "\"") where quotes: bytes.append(contentsOf: #"\""#.utf8)
            default: bytes.append(byte)
            }
        }
    }

    /// A floating point number: Go's grammar, which knows `+Inf`, `-Inf` and `NaN`.
    static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return value.description
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
