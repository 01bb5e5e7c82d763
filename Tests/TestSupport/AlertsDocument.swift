import Foundation

/// The alerts in `docs/alerts.yml`, to be compared with what the documents say of them.
package struct AlertsDocument {
    /// One rule.
    package struct Alert: Equatable {
        package let name: String
        /// The expression as it stands there, its lines joined.
        package var expression = ""
        /// `page` or `ticket`.
        package var severity = ""

        /// The metrics the expression names, a histogram by its own name.
        package var metrics: Set<String> {
            let pattern = /\b(?:betting|jetstream|process|kubelet|node)_[a-z_]+/
            let names = expression.matches(of: pattern).map { String($0.output) }
            return Set(names.map { $0.hasSuffix("_bucket") ? String($0.dropLast(7)) : $0 })
        }
    }

    package private(set) var alerts: [Alert] = []

    /// Where the file of this checkout is.
    package static let path = Self.file("docs/alerts.yml")

    /// Reads the file of this checkout.
    package init() throws {
        self.init(try Self.text("docs/alerts.yml"))
    }

    /// Reads rules of the same shape: one key a line, a folded expression further in.
    package init(_ text: String) {
        var isExpression = false
        for line in text.split(separator: "\n") {
            let words = line.trimmingCharacters(in: .whitespaces)
            if let name = Self.value("- alert", words) {
                alerts.append(Alert(name: name))
            } else if let expression = Self.value("expr", words) {
                isExpression = expression == ">-"
                if !isExpression { change { $0.expression = expression } }
            } else if Self.value("for", words) != nil {
                isExpression = false
            } else if let labels = Self.value("labels", words) {
                isExpression = false
                let severity = labels.firstMatch(of: /severity: (\w+)/).map { String($0.1) }
                change { $0.severity = severity ?? "" }
            } else if isExpression {
                change { $0.expression += ($0.expression.isEmpty ? "" : " ") + words }
            }
        }
    }

    private static func value(_ key: String, _ words: String) -> String? {
        guard words.hasPrefix(key + ": ") else { return nil }
        return String(words.dropFirst(key.count + 2))
    }

    private mutating func change(_ body: (inout Alert) -> Void) {
        guard let last = alerts.indices.last else { return }
        body(&alerts[last])
    }

    /// A file of this checkout.
    package static func text(_ path: String) throws -> String {
        try String(contentsOfFile: file(path), encoding: .utf8)
    }

    private static func file(_ path: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../" + path).standardizedFileURL.path
    }
}
