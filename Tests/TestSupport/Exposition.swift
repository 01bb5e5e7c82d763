/// A text in Prometheus' format 0.0.4, read strictly: what the format forbids is an error.
package struct Exposition {
    /// One line with a value.
    package struct Sample: Equatable {
        /// The family's name; of histograms with `_bucket`, `_sum` or `_count` after it.
        package let name: String
        package let labels: [String: String]
        package let value: Double
    }

    /// What stands under one name.
    package struct Family {
        package let name: String
        package let kind: String
        package let help: String
        package internal(set) var samples: [Sample] = []

        /// The names of the labels of its samples; `le` of histograms is none.
        package var labelNames: Set<String> {
            Set(samples.flatMap(\.labels.keys)).subtracting(["le"])
        }

        func owns(_ name: String) -> Bool {
            guard kind == "histogram" else { return name == self.name }
            return ["_bucket", "_sum", "_count"].contains { name == self.name + $0 }
        }
    }

    private struct Series: Hashable {
        let name: String
        let labels: [String: String]
    }

    /// In their order.
    package private(set) var families: [Family] = []

    private var seen: Set<Series> = []

    package init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else {
            throw FixtureError("the last line does not end")
        }
        var help: (name: String, text: String)?
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# HELP ") {
                let words = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                guard words.count == 2 else { throw FixtureError("no help: \(line)") }
                help = (String(words[0]), String(words[1]))
            } else if line.hasPrefix("# TYPE ") {
                let words = line.dropFirst(7).split(separator: " ").map(String.init)
                guard words.count == 2, let text = help?.text, help?.name == words[0] else {
                    throw FixtureError("type without help: \(line)")
                }
                guard family(words[0]) == nil else { throw FixtureError("twice: \(line)") }
                families.append(Family(name: words[0], kind: words[1], help: text))
                help = nil
            } else {
                var reader = SampleReader(line)
                try add(reader.read())
            }
        }
        for family in families where family.kind == "histogram" { try check(family) }
    }

    /// The family of that name.
    package func family(_ name: String) -> Family? { families.first { $0.name == name } }

    /// The value of one sample, nil when it is not there.
    package func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        families.lazy.flatMap(\.samples).first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func add(_ sample: Sample) throws {
        guard let last = families.indices.last, families[last].owns(sample.name) else {
            throw FixtureError("\(sample.name) is not under its own TYPE line")
        }
        let series = Series(name: sample.name, labels: sample.labels)
        guard seen.insert(series).inserted else { throw FixtureError("twice: \(sample)") }
        families[last].samples.append(sample)
    }

    /// Buckets never fall, and the last of them holds all.
    private func check(_ family: Family) throws {
        var buckets: [[String: String]: [Double]] = [:]
        for sample in family.samples where sample.name.hasSuffix("_bucket") {
            var labels = sample.labels
            guard labels.removeValue(forKey: "le") != nil else {
                throw FixtureError("a bucket without le: \(sample)")
            }
            buckets[labels, default: []].append(sample.value)
        }
        for (labels, counts) in buckets {
            guard counts == counts.sorted(), value(family.name + "_count", labels) == counts.last,
                value(family.name + "_sum", labels) != nil
            else { throw FixtureError("\(family.name)\(labels) does not add up: \(counts)") }
        }
    }
}

/// Reads `name{label="value",…} number`.
private struct SampleReader {
    private let line: Substring
    private var rest: Substring

    init(_ line: Substring) {
        self.line = line
        rest = line
    }

    mutating func read() throws -> Exposition.Sample {
        let name = try word()
        var labels: [String: String] = [:]
        if rest.first == "{" {
            repeat {
                rest.removeFirst()
                let label = try word()
                guard labels.updateValue(try quoted(), forKey: label) == nil else {
                    throw wrong("a label comes twice")
                }
            } while rest.first == ","
            guard rest.popFirst() == "}" else { throw wrong("labels do not end") }
        }
        guard rest.popFirst() == " ", let value = Double(rest.replacing("Inf", with: "inf"))
        else { throw wrong("no number") }
        return Exposition.Sample(name: name, labels: labels, value: value)
    }

    private mutating func word() throws -> String {
        let word = rest.prefix { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        guard let first = word.first, !first.isNumber else { throw wrong("no name") }
        rest.removeFirst(word.count)
        return String(word)
    }

    private mutating func quoted() throws -> String {
        guard rest.hasPrefix("=\"") else { throw wrong("no label value") }
        rest.removeFirst(2)
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                guard let escaped = rest.popFirst(),
                    let meant = ["\\": "\\", "n": "\n", "\"": "\""][escaped]
                else { throw wrong("an unknown escape") }
                value += meant
            default: value.append(character)
            }
        }
        throw wrong("a label value does not end")
    }

    private func wrong(_ what: String) -> FixtureError { FixtureError("\(what): \(line)") }
}
