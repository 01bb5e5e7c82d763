import Foundation

/// `docs/OPERATIONS.md`: its sections, and the rows of their tables.
package struct RunbookDocument {
    /// A row of a table; its first cell is a name in backticks.
    package struct Row: Equatable {
        package let name: String
        /// The other cells.
        package let cells: [String]
    }

    /// The sections' headings, in their order.
    package private(set) var headings: [String] = []
    private var rows: [String: [Row]] = [:]

    /// Reads the file of this checkout.
    package init() throws {
        self.init(try AlertsDocument.text("docs/OPERATIONS.md"))
    }

    /// Reads a text of the same shape.
    package init(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("## ") {
                headings.append(String(line.dropFirst(3)))
            } else if line.hasPrefix("| `"), let heading = headings.last {
                let cells = line.dropFirst().split(separator: "|").map {
                    $0.trimmingCharacters(in: .whitespaces)
                }
                guard let name = cells.first?.firstMatch(of: /^`([^`]+)`$/)?.1 else { continue }
                let row = Row(name: String(name), cells: Array(cells.dropFirst()))
                rows[heading, default: []].append(row)
            }
        }
    }

    /// The rows of a section's tables whose first cell is a name in backticks and nothing else.
    package func rows(of heading: String) -> [Row] { rows[heading] ?? [] }

    /// The sections that the cells name in quotes and that are not there.
    package func unknownSections(in cells: [String]) -> [String] {
        cells.flatMap { $0.matches(of: /"([A-Z][^"]+)"/).map { String($0.1) } }
            .filter { !headings.contains($0) }
    }
}
