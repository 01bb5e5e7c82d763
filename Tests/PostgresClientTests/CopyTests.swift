import PostgresClient
import Testing

@Suite(.serialized)
struct CopyTests {
    private static let script = "COPY t FROM STDIN (FORMAT binary)"

    private struct Refusal: Error {}

    @Test func `COPY stores what INSERT stores`() async throws {
        let connection = try await Shared.connection()
        let columns =
            "(id uuid, s text, n numeric, i int8, k int4, h int2, at timestamptz, b bytea, f bool)"
        _ = try connection.run("CREATE TABLE t \(columns); CREATE TABLE r \(columns)")
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = SeededGenerator(state: seed)
        let fixed: [Int64] = [
            0, 1, -1, 10_000, 99_999_999, 100_000_000, 1_000_000_000_000, 123_400_000_000, .max,
            .min, 9_999_999_999_999_999, -10_000_000_000_000_000,
        ]
        let random = (0..<300).map { _ in
            Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0...63)
        }
        for (scale, units) in [0, 1, 4, 5, 8, 9, 16].flatMap({ scale in
            (fixed + random).map { (scale, $0) }
        }) {
            let parameters: [PostgresValue] = [
                .uuid(high: UInt64(bitPattern: units), low: 7), .text("é\(units)"),
                .numeric(units: Int128(units), scale: scale), .int64(units), .int32(-3),
                .int32(9), .timestamp(microsecondsSince1970: units / 1_000),
                .bytes([0, UInt8(scale)]), .null,
            ]
            _ = try connection.query(
                "INSERT INTO r VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                parameters
            )
        }
        let count = try connection.copy(Self.script) { results, buffer in
            #expect(results.isEmpty)
            for scale in [0, 1, 4, 5, 8, 9, 16] {
                for units in fixed + random {
                    buffer.beginRow(fieldCount: 9)
                    buffer.uuid(high: UInt64(bitPattern: units), low: 7)
                    buffer.text("é\(units)")
                    buffer.numeric(units: units, scale: scale)
                    buffer.int64(units)
                    buffer.int32(-3)
                    buffer.int16(9)
                    buffer.timestamp(microsecondsSince1970: units / 1_000)
                    buffer.bytes([0, UInt8(scale)].span)
                    buffer.null()
                }
            }
        }
        #expect(count == 7 * (fixed.count + random.count))
        // The text shows the decimals kept, numeric_send the digits kept.
        let different = try connection.run(
            """
            SELECT * FROM (SELECT t::text, numeric_send(n) FROM t EXCEPT ALL
                           SELECT r::text, numeric_send(n) FROM r) AS d;
            SELECT * FROM (SELECT r::text, numeric_send(n) FROM r EXCEPT ALL
                           SELECT t::text, numeric_send(n) FROM t) AS d
            """
        )
        #expect(different.map(\.rowCount) == [0, 0], "seed \(seed)")
    }

    @Test func `a conflict names the constraint and leaves the connection usable`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8 PRIMARY KEY); INSERT INTO t VALUES (1)")
        // Far more than the socket holds, so that the error comes while rows are being sent.
        let error = postgresError {
            _ = try connection.copy(Self.script) { _, buffer in
                for value in 1...200_000 {
                    buffer.beginRow(fieldCount: 1)
                    buffer.int64(Int64(value))
                }
            }
        }
        #expect(error?.sqlState == "23505")
        #expect(error?.constraint == "t_pkey")
        #expect(error?.table == "t")
        #expect(error?.kind == .reject)
        #expect(error?.isUniqueViolation == true)
        #expect(error?.isConnectionLost == false)
        #expect(error?.detail?.contains("(1)") == true)
        #expect(error.map(String.init(describing:))?.contains("(1)") == false)
        #expect(connection.isUsable && connection.transactionStatus == .idle)
        #expect(try connection.run("SELECT count(*) FROM t")[0].int64(0, 0) == 1)
    }

    @Test func `the results before COPY reach the rows, in one transaction`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8); INSERT INTO t VALUES (41)")
        let count = try connection.copy("BEGIN; SELECT max(i) FROM t; " + Self.script) {
            results,
            buffer in
            #expect(results.map(\.commandTag) == ["BEGIN", "SELECT 1"])
            buffer.beginRow(fieldCount: 1)
            buffer.int64(try results[1].int64(0, 0) + 1)
        }
        #expect(count == 1)
        #expect(connection.transactionStatus == .inTransaction)
        let tags = try connection.run("SELECT sum(i) FROM t; COMMIT")
        #expect(try tags[0].int64(0, 0) == 83)
        #expect(tags[1].commandTag == "COMMIT")
    }

    @Test func `rows that throw undo the COPY`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8)")
        for script in [Self.script, "BEGIN; " + Self.script] {
            #expect(throws: Refusal.self) {
                try connection.copy(script) { _, buffer in
                    buffer.beginRow(fieldCount: 1)
                    throw Refusal()
                }
            }
            #expect(connection.isUsable)
        }
        #expect(connection.transactionStatus == .failed)
        connection.rollBack()
        #expect(connection.transactionStatus == .idle)
        #expect(try connection.run("SELECT count(*) FROM t")[0].int64(0, 0) == 0)
        #expect(try connection.copy(Self.script) { _, _ in } == 0)
    }

    @Test func `an error before COPY ends the script`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8)")
        let error = postgresError {
            _ = try connection.copy("SELECT 1; SELECT 1 / 0; " + Self.script) { _, _ in
                Issue.record("rows were asked for")
            }
        }
        #expect(error?.sqlState == "22012")
        #expect(try connection.run("SELECT 1")[0].int64(0, 0) == 1)
    }

    @Test func `a script of the wrong kind is refused and the connection stays usable`()
        async throws
    {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8)")
        let noCopy = postgresError { _ = try connection.copy("SELECT 1") { _, _ in } }
        #expect(noCopy?.cause == .usage)
        let unfed = postgresError { _ = try connection.run(Self.script) }
        #expect(unfed?.cause == .usage)
        let twice = postgresError {
            _ = try connection.copy(Self.script + ";" + Self.script) { _, _ in }
        }
        #expect(twice?.cause == .usage)
        let nested = postgresError {
            _ = try connection.copy(Self.script) { _, _ in _ = try connection.run("SELECT 1") }
        }
        #expect(nested?.cause == .usage)
        #expect(try connection.run("SELECT count(*) FROM t")[0].int64(0, 0) == 0)
    }

    @Test func `fields that do not match the columns stop`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (i int8)")
        let width = postgresError {
            _ = try connection.copy(Self.script) { _, buffer in
                buffer.beginRow(fieldCount: 1)
                buffer.int32(1)
            }
        }
        #expect(width?.sqlState == "08P01")
        #expect(width?.kind == .stop)
        let count = postgresError {
            _ = try connection.copy(Self.script) { _, buffer in
                buffer.beginRow(fieldCount: 2)
                buffer.int64(1)
                buffer.int64(2)
            }
        }
        #expect(count?.sqlState == "22P04")
        #expect(count?.kind == .stop)
        #expect(connection.isUsable)
    }

    @Test func `a text with NUL is refused by the server`() async throws {
        let connection = try await Shared.connection()
        _ = try connection.run("CREATE TABLE t (s text)")
        let error = postgresError {
            _ = try connection.copy(Self.script) { _, buffer in
                buffer.beginRow(fieldCount: 1)
                buffer.text("a\0b")
            }
        }
        #expect(error?.sqlState == "22021")
        #expect(error?.kind == .reject)
    }
}
