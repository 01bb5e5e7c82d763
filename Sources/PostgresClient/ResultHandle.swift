import CPostgres

/// Owns one `PGresult` and clears it.
///
/// A result is complete when libpq hands it out, nothing changes it afterwards and libpq's reading
/// functions are thread-safe on it: `@unchecked Sendable` needs no guard but that.
@safe
final class ResultHandle: @unchecked Sendable {
    private let result: OpaquePointer

    /// Takes ownership of `result`.
    init(owning result: OpaquePointer) { unsafe self.result = result }

    deinit { unsafe PQclear(result) }

    var status: ExecStatusType { unsafe PQresultStatus(result) }
    var rowCount: Int { Int(unsafe PQntuples(result)) }
    var columnCount: Int { Int(unsafe PQnfields(result)) }
    var commandTag: String { unsafe String(cString: PQcmdStatus(result)) }
    var affectedRows: String { unsafe String(cString: PQcmdTuples(result)) }

    func columnName(_ column: Int) -> String {
        guard let name = unsafe PQfname(result, Int32(column)) else { return "" }
        return unsafe String(cString: name)
    }

    /// A field of an error report; nil when the server left it out.
    func diagnostic(_ field: Unicode.Scalar) -> String? {
        guard let text = unsafe PQresultErrorField(result, Int32(field.value)) else { return nil }
        return unsafe String(cString: text)
    }

    /// libpq's own text, for errors that the server did not report.
    var errorText: String { unsafe String(cString: PQresultErrorMessage(result)) }

    /// nil if the field is NULL. The place must exist.
    func withField<R, E: Error>(
        _ row: Int,
        _ column: Int,
        _ body: (Span<UInt8>) throws(E) -> R
    ) throws(E) -> R? {
        precondition(row >= 0 && row < rowCount, "no such row")
        precondition(column >= 0 && column < columnCount, "no such column")
        let place = (row: Int32(row), column: Int32(column))
        guard unsafe PQgetisnull(result, place.row, place.column) == 0,
            let value = unsafe PQgetvalue(result, place.row, place.column)
        else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(
            start: value,
            count: Int(PQgetlength(result, place.row, place.column))
        )
        return try body(unsafe bytes.bindMemory(to: UInt8.self).span)
    }
}

extension ResultHandle {
    var isError: Bool {
        status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE
            || status == PGRES_NONFATAL_ERROR
    }

    /// What the server or libpq reported. A severity above ERROR ends the session.
    var error: PostgresError {
        guard let sqlState = diagnostic("C") else {
            let line = errorText.split(separator: "\n").first.map(String.init)
            return PostgresError(.connectionLost, line ?? "the connection was lost")
        }
        let severity = diagnostic("V") ?? diagnostic("S") ?? ""
        let ended = severity == "FATAL" || severity == "PANIC"
        let detail = [diagnostic("D"), diagnostic("W"), diagnostic("H")].compactMap { $0 }
        return PostgresError(
            cause: ended ? .connectionLost : .server,
            kind: kind(sqlState, ended: ended),
            sqlState: sqlState,
            constraint: diagnostic("n"),
            table: diagnostic("t"),
            message: diagnostic("M") ?? "",
            detail: detail.isEmpty ? nil : detail.joined(separator: "; "),
            isConnectionLost: ended,
            commitUnknown: sqlState == "40003" || sqlState == "08007"
        )
    }

    /// The table's answer, but for two codes that stand for several things.
    private func kind(_ sqlState: String, ended: Bool) -> PostgresError.Kind {
        switch sqlState {
        // A plan whose result changed with the schema: prepared anew, it works again.
        case "0A000" where diagnostic("R") == "RevalidateCachedQuery": .retry
        // A field or parameter too few is the program's mistake; poolers that hang up for any
        // reason report the same code.
        case "08P01" where !ended: .stop
        default: PostgresError.Kind(sqlState: sqlState)
        }
    }
}
