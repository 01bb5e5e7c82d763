import Foundation

/// The list of metrics in `docs/METRICS.md`, to be compared with what a process emits.
package struct MetricsDocument {
    /// One row.
    package struct Entry: Equatable {
        package let name: String
        package let kind: String
        package let labels: Set<String>
    }

    /// The section that counts for all of them.
    private static let common = "Every process"

    private var sections: [String: [Entry]] = [:]

    /// Reads the file of this checkout.
    package init() throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/METRICS.md").standardizedFileURL
        self.init(try String(contentsOf: file, encoding: .utf8))
    }

    /// Reads a text of the same shape.
    package init(_ text: String) {
        var section = ""
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") {
                section = String(line.dropFirst(3))
            } else if line.hasPrefix("| `") {
                let cells = line.split(separator: "|").map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                guard cells.count > 2 else { continue }
                let entry = Entry(
                    name: cells[0].trimmingCharacters(in: ["`"]),
                    kind: cells[1],
                    labels: Set(
                        cells[2].split { $0 == "`" || $0 == " " || $0 == "–" }.map(String.init)
                    )
                )
                sections[section, default: []].append(entry)
            }
        }
    }

    /// What a process emits, what every process emits included.
    package func entries(of process: String) -> [Entry] {
        (sections[Self.common] ?? []) + (sections[process] ?? [])
    }

    /// What every process emits.
    package var common: [Entry] { sections[Self.common] ?? [] }

    /// The processes that have a section of their own.
    package var processes: [String] { sections.keys.filter { $0 != Self.common }.sorted() }

    /// Where a process and this list differ, in sentences: what is listed and not emitted, emitted
    /// and not listed, or of another type or with other labels.
    ///
    /// - Parameter mayBeEmpty: families that may be without samples, because a figure is not known
    ///   in the test's circumstances.
    package func differences(
        from exposition: Exposition,
        process: String,
        mayBeEmpty: Set<String> = []
    ) -> [String] {
        Self.differences(entries(of: process), exposition, mayBeEmpty)
    }

    static func differences(
        _ entries: [Entry],
        _ exposition: Exposition,
        _ mayBeEmpty: Set<String>
    ) -> [String] {
        var found: [String] = []
        let listed = Set(entries.map(\.name))
        for family in exposition.families where !listed.contains(family.name) {
            found.append("\(family.name) is emitted and not listed")
        }
        for entry in entries {
            guard let family = exposition.family(entry.name) else {
                found.append("\(entry.name) is listed and not emitted")
                continue
            }
            if family.kind != entry.kind {
                found.append("\(entry.name) is a \(family.kind), listed as \(entry.kind)")
            }
            if family.samples.isEmpty {
                if !mayBeEmpty.contains(entry.name) { found.append("\(entry.name) has no sample") }
            } else if family.labelNames != entry.labels {
                found.append(
                    "\(entry.name) has labels \(family.labelNames.sorted()), listed are "
                        + "\(entry.labels.sorted())"
                )
            }
        }
        return found
    }
}
