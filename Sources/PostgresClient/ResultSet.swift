/// The answer to one statement. It stands by itself: it stays readable, from any thread, when the
/// connection has moved on or is gone.
///
/// Rows and columns count from 0; a place that does not exist is a broken invariant and traps.
/// A field that is NULL or of another shape than asked for throws `decoding`, kind `stop`; the
/// functions that start with `optional` answer nil for NULL.
package struct ResultSet: Sendable {
    private let handle: ResultHandle

    init(_ handle: ResultHandle) { self.handle = handle }

    package var rowCount: Int { handle.rowCount }
    package var columnCount: Int { handle.columnCount }
    /// What the server says it did, as in `INSERT 0 12`, `COMMIT` or `SELECT 3`.
    package var commandTag: String { handle.commandTag }
    /// The rows the statement inserted, changed, deleted or returned; 0 for other statements.
    package var affectedRows: Int { Int(handle.affectedRows) ?? 0 }

    package func columnName(_ column: Int) -> String { handle.columnName(column) }

    /// The position of the first column of that name.
    package func column(named name: String) -> Int? {
        (0..<columnCount).first { columnName($0) == name }
    }

    package func isNull(_ row: Int, _ column: Int) -> Bool {
        handle.withField(row, column) { _ in true } == nil
    }

    /// Lends the field's text as Postgres prints it; nil for NULL. Nothing is copied.
    package func withText<R, E: Error>(
        _ row: Int,
        _ column: Int,
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R? {
        try handle.withField(row, column, body)
    }

    /// Reads a field with `parse`, which answers nil for a text that is not of its shape.
    func field<R>(
        _ row: Int,
        _ column: Int,
        as type: String,
        _ parse: (Span<UInt8>) -> R?
    ) throws(PostgresError) -> R? {
        switch handle.withField(row, column, parse) {
        case .none: return nil
        case .some(.some(let value)): return value
        case .some(.none):
            throw PostgresError(.decoding, "column \(column) does not hold \(type)")
        }
    }

    /// Insists that a field is there.
    func present<R>(_ value: R?, _ column: Int) throws(PostgresError) -> R {
        guard let value else {
            throw PostgresError(.decoding, "column \(column) is NULL")
        }
        return value
    }
}
