extension PostgresConnection {
    /// Runs a script whose last statement is `COPY … FROM STDIN (FORMAT binary)` and feeds it.
    ///
    /// `rows` gets the results of the statements before the COPY and an empty buffer that belongs
    /// to the connection; it must not use the connection. If it throws, the COPY is undone, the
    /// connection stays usable (inside a transaction it has to be rolled back) and the error is
    /// thrown on.
    ///
    /// - Returns: the number of rows the server took.
    /// - Throws: `PostgresError`, or what `rows` throws.
    package func copy(
        _ script: String,
        rows: ([ResultSet], inout CopyBuffer) throws -> Void
    ) throws -> Int {
        let before = try begin(script)
        var results: [ResultSet] = []
        do throws(PostgresError) {
            try link.send(script: script)
            guard try receive(&results) == .copyBegan else {
                throw PostgresError(.usage, "the script does not end with COPY … FROM STDIN")
            }
        } catch {
            throw judged(error, script, before)
        }
        do {
            isCopying = true
            defer { isCopying = false }
            copyBuffer.reset()
            try rows(results, &copyBuffer)
        } catch {
            abandonCopy("the client has no rows")
            throw error
        }
        do throws(PostgresError) {
            return try finishCopy()
        } catch {
            throw judged(error, script, before)
        }
    }

    /// The same for a script with prepared statements before the COPY.
    package func copy(
        _ script: Script,
        rows: ([ResultSet], inout CopyBuffer) throws -> Void
    ) throws -> Int {
        let text = try prepared(script)
        do {
            return try copy(text, rows: rows)
        } catch let error as PostgresError {
            forget(script, after: error)
            throw error
        }
    }

    private func finishCopy() throws(PostgresError) -> Int {
        copyBuffer.finish()
        try link.sendCopyData(copyBuffer)
        try link.sendCopyEnd()
        var results: [ResultSet] = []
        guard try receive(&results) == .everything else {
            abandonCopy("one COPY a script")
            throw PostgresError(.usage, "the script holds more than one COPY")
        }
        return results.first?.affectedRows ?? 0
    }
}
