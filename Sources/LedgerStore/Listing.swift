/// Lines of a list, newest first, and where the search for them ended.
package struct Listing<Row: Sendable>: Sendable {
    package let rows: [Row]
    /// The last row that was looked at, wanted or not, when as many were as one page may look at:
    /// older ones may be wanted. Nil when the search ended at `limit` rows, or at the list's end.
    package let endedAt: Row?

    package init(rows: [Row], endedAt: Row?) {
        self.rows = rows
        self.endedAt = endedAt
    }
}
