/// A table for a terminal.
enum TextTable {
    /// Columns as wide as their widest field, two spaces between them; the last one is not filled.
    static func lines(_ rows: [[String]]) -> String {
        var widths: [Int] = []
        for row in rows {
            for (column, field) in row.enumerated() {
                if column == widths.count { widths.append(0) }
                widths[column] = max(widths[column], field.count)
            }
        }
        return rows.map { row in
            row.enumerated().map { column, field in
                column == row.count - 1 ? field : field.padded(to: widths[column])
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
