import PostgresClient
import Testing

@Suite(.serialized)
struct ScriptTests {
    /// Every form of value, each beside what the server says it got.
    private static let values: [(value: PostgresValue, type: String, text: String?)] = [
        (.null, "text", nil), (.bool(true), "bool", "true"), (.bool(false), "bool", "false"),
        (.int32(.min), "int4", "-2147483648"), (.int64(.max), "int8", "9223372036854775807"),
        (.double(-0.1), "float8", "-0.1"), (.text(""), "text", ""),
        (.text("it's '' $1 \\' \\x41 \" ; DROP žluť 🐎 --"), "text", nil),
        (.uuid(high: 1, low: .max), "uuid", "00000000-0000-0001-ffff-ffffffffffff"),
        (.bytes([]), "bytea", "\\x"), (.bytes([0, 39, 92, 255]), "bytea", "\\x00275cff"),
        (.numeric(units: -5, scale: 8), "numeric", "-0.00000005"),
        (
            .numeric(units: Int128(Int64.max) * 1_000, scale: 3), "numeric",
            "9223372036854775807.000"
        ),
        (.timestamp(microsecondsSince1970: 1), "timestamptz", "1970-01-01 00:00:00.000001+00"),
        (.boolArray([true, false]), "bool[]", "{t,f}"), (.int64Array([]), "int8[]", "{}"),
        (.int64Array([1, -1]), "int8[]", "{1,-1}"),
        (.optionalInt64Array([nil]), "int8[]", "{NULL}"),
        (.textArray(["NULL", "a'b", "\\\"", ""]), "text[]", #"{"NULL",a'b,"\\\"",""}"#),
        (.optionalTextArray([nil, "x"]), "text[]", "{NULL,x}"),
        (.uuidArray([(0, 1)]), "uuid[]", "{00000000-0000-0000-0000-000000000001}"),
        (.numericArray([150, 7], scale: 2), "numeric[]", "{1.50,0.07}"),
        (.timestampArray([0]), "timestamptz[]", #"{"1970-01-01 00:00:00+00"}"#),
        (.optionalBytesArray([[39, 92], nil]), "bytea[]", #"{"\\x275c",NULL}"#),
    ]

    @Test func `a script brings every value as a call by itself does`() async throws {
        let connection = try await Shared.connection()
        for (value, type, text) in Self.values {
            let statement = Statement("SELECT $1::\(type)::text")
            var script = Script()
            script.append(statement, [value])
            let sent = try #require(try connection.run(script).first)
            let called = try connection.query(statement, [value])
            #expect(
                try sent.optionalString(0, 0) == called.optionalString(0, 0),
                "\(value) as \(type)"
            )
            if let text { #expect(try sent.string(0, 0) == text, "\(value) as \(type)") }
        }
    }

    @Test func `calls and texts give one result each, in order`() async throws {
        let connection = try await Shared.connection()
        var script = Script("CREATE TEMP TABLE t (n int8)")
        script.append("BEGIN; INSERT INTO t VALUES (1)")
        for _ in 0..<2 { script.append("SELECT $1::int8 + $2::int8", [.int64(1), .int64(2)]) }
        script.append("SELECT 4", [])
        script.append("COMMIT")
        let results = try connection.run(script)
        #expect(
            results.map(\.commandTag)
                == [
                    "CREATE TABLE", "BEGIN", "INSERT 0 1", "SELECT 1", "SELECT 1", "SELECT 1",
                    "COMMIT",
                ]
        )
        #expect(try results[4].int64(0, 0) == 3)
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `an error ends the script and leaves the connection usable`() async throws {
        let connection = try await Shared.connection()
        var script = Script("BEGIN")
        script.append("SELECT 1 / $1::int8", [.int64(0)])
        script.append("COMMIT")
        #expect(postgresError { _ = try connection.run(script) }?.sqlState == "22012")
        #expect(connection.transactionStatus == .failed)
        connection.rollBack()
        #expect(try connection.run("SELECT 1").first?.rowCount == 1)
    }

    @Test func `a NUL in a value is refused before anything is sent`() async throws {
        let connection = try await Shared.connection()
        var script = Script("BEGIN")
        script.append("SELECT $1::text", [.text("a\0b")])
        #expect(postgresError { _ = try connection.run(script) }?.cause == .usage)
        #expect(connection.transactionStatus == .idle)
    }

    @Test func `a statement that is gone is prepared again at its next use`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (n int8); INSERT INTO t VALUES (1)")
        var script = Script()
        script.append("SELECT * FROM t WHERE n = $1::int8", [.int64(1)])
        #expect(try connection.run(script).first?.rowCount == 1)
        _ = try connection.run("DEALLOCATE ALL")
        #expect(postgresError { _ = try connection.run(script) }?.sqlState == "26000")
        #expect(try connection.run(script).first?.rowCount == 1)
        _ = try connection.run("ALTER TABLE t ADD COLUMN m int8")
        let stale = postgresError { _ = try connection.run(script) }
        #expect(stale?.sqlState == "0A000")
        #expect(stale?.kind == .retry)
        #expect(try connection.run(script).first?.columnCount == 2)
    }

    @Test func `a COPY follows calls in one round trip`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (n int8)")
        var script = Script("BEGIN")
        script.append("SELECT $1::int8", [.int64(7)])
        script.append("COPY t FROM STDIN (FORMAT binary)")
        let count = try connection.copy(script) { results, buffer in
            #expect(results.map(\.commandTag) == ["BEGIN", "SELECT 1"])
            buffer.beginRow(fieldCount: 1)
            buffer.int64(try results[1].int64(0, 0))
        }
        #expect(count == 1)
        _ = try connection.run("COMMIT; DEALLOCATE ALL")
        let error = postgresError { _ = try connection.copy(script) { _, _ in } }
        #expect(error?.sqlState == "26000")
        connection.rollBack()
        #expect(try connection.copy(script) { _, _ in } == 0)
        connection.rollBack()
        #expect(try connection.query("SELECT n FROM t").int64(0, 0) == 7)
    }

    @Test func `more statements than a connection keeps are refused`() async throws {
        let connection = try await Shared.connection()
        var script = Script()
        for number in 0...PostgresConnection.preparedStatementsMax {
            script.append(Statement("SELECT \(number)"), [])
        }
        #expect(postgresError { _ = try connection.run(script) }?.cause == .usage)
        #expect(try connection.query("SELECT 1").rowCount == 1)
    }
}
