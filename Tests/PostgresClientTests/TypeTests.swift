import PostgresClient
import Testing

@Suite(.serialized)
struct TypeTests {
    @Test(
        arguments: [
            (1, "0.00000001"), (0, "0.00000000"), (-1, "-0.00000001"),
            (1_000_000_000_000, "10000.00000000"), (99_999_999, "0.99999999"),
            (Int128(Int64.max), "92233720368.54775807"),
            (Int128(Int64.min), "-92233720368.54775808"),
            (Int128(Int64.max) * 1_000_000_000, "92233720368547758070.00000000"),
        ] as [(Int128, String)]
    )
    func `a decimal number goes both ways`(units: Int128, text: String) async throws {
        let connection = try await Shared.connection()
        let result = try connection.query(
            "SELECT $1::numeric, $1::numeric::text",
            [.numeric(units: units, scale: 8)]
        )
        #expect(try result.numeric(0, 0) == units)
        #expect(try result.string(0, 1) == text)
    }

    @Test func `a decimal number that does not fit the scale is an error`() async throws {
        let connection = try await Shared.connection()
        let result = try #require(
            try connection.run("SELECT 0.000000001, 'NaN'::numeric, 1.50000000000, 1e30::numeric")
                .first
        )
        for column in 0..<2 {
            let error = postgresError { _ = try result.numeric(0, column) }
            #expect(error?.cause == .decoding)
        }
        #expect(try result.numeric(0, 2) == 150_000_000)
        #expect(
            try result.numeric(0, 3, scale: 8) == Int128("1" + String(repeating: "0", count: 38))
        )
        let tooLarge = postgresError { _ = try result.numeric(0, 3, scale: 9) }
        #expect(tooLarge?.cause == .decoding)
    }

    @Test(
        arguments: [
            (0, "1970-01-01 00:00:00+00"), (-1, "1969-12-31 23:59:59.999999+00"),
            (946_684_800_000_000, "2000-01-01 00:00:00+00"),
            (951_782_400_000_001, "2000-02-29 00:00:00.000001+00"),
            (1_767_225_599_120_000, "2025-12-31 23:59:59.12+00"),
            (4_102_444_800_000_000, "2100-01-01 00:00:00+00"),
            (253_402_300_800_000_000, "10000-01-01 00:00:00+00"),
            (-62_135_596_800_000_000, "0001-01-01 00:00:00+00"),
        ] as [(Int64, String)]
    )
    func `a moment goes both ways`(microseconds: Int64, text: String) async throws {
        let connection = try await Shared.connection()
        let result = try connection.query(
            "SELECT $1::timestamptz, $1::timestamptz::text",
            [.timestamp(microsecondsSince1970: microseconds)]
        )
        #expect(try result.timestamp(0, 0) == microseconds)
        #expect(try result.string(0, 1) == text)
    }

    @Test func `moments of all years go both ways`() async throws {
        let connection = try await Shared.connection()
        let seed = UInt64.random(in: 0...UInt64.max)
        print("seed \(seed)")
        var generator = SeededGenerator(state: seed)
        let moments = (0..<2_000).map { _ in
            Int64.random(in: -62_135_596_800_000_000...100_000_000_000_000_000, using: &generator)
        }
        let result = try connection.query(
            """
            SELECT t, (extract(epoch FROM t) * 1000000)::int8
            FROM unnest($1::timestamptz[]) WITH ORDINALITY AS u(t, n) ORDER BY n
            """,
            [.timestampArray(moments)]
        )
        #expect(result.rowCount == moments.count)
        for (row, moment) in moments.enumerated() {
            #expect(try result.timestamp(row, 0) == moment, "seed \(seed)")
            #expect(try result.int64(row, 1) == moment, "seed \(seed)")
        }
    }

    @Test func `scalars go both ways`() async throws {
        let connection = try await Shared.connection()
        let result = try connection.query(
            """
            SELECT $1::int8, $2::int4, $3::text, $4::uuid, $5::bytea, $6::bool, $7::float8, $8::text,
                $9::int8
            """,
            [
                .int64(.min), .int32(.max), .text("žluť 🐎 \"\\'"),
                .uuid(high: 0xFEDC_BA98_7654_3210, low: 0x0123_4567_89AB_CDEF),
                .bytes([0, 1, 255, 92]), .bool(true), .double(-0.1), .null, .optional(Int64?.none),
            ]
        )
        #expect(try result.int64(0, 0) == .min)
        #expect(try result.int64(0, 1) == Int64(Int32.max))
        #expect(try result.string(0, 2) == "žluť 🐎 \"\\'")
        let uuid = try result.uuid(0, 3)
        #expect(uuid.high == 0xFEDC_BA98_7654_3210 && uuid.low == 0x0123_4567_89AB_CDEF)
        #expect(try result.string(0, 3) == "fedcba98-7654-3210-0123-456789abcdef")
        #expect(try result.bytes(0, 4) == [0, 1, 255, 92])
        #expect(try result.bool(0, 5))
        #expect(try result.double(0, 6) == -0.1)
        #expect(result.isNull(0, 7) && !result.isNull(0, 0))
        #expect(try result.optionalString(0, 7) == nil)
        #expect(try result.optionalInt64(0, 8) == nil)
        #expect(postgresError { _ = try result.int64(0, 8) }?.cause == .decoding)
        #expect(postgresError { _ = try result.int64(0, 2) }?.cause == .decoding)
        #expect(result.column(named: "uuid") == 3)
    }

    @Test func `arrays arrive element by element`() async throws {
        let connection = try await Shared.connection()
        let result = try connection.query(
            """
            SELECT i, j, s, o, u, n, b, x FROM unnest(
                $1::int8[], $2::int8[], $3::text[], $4::text[], $5::uuid[], $6::numeric[],
                $7::bool[], $8::bytea[]) AS t(i, j, s, o, u, n, b, x)
            """,
            [
                .int64Array([1, .max]), .optionalInt64Array([nil, -7]),
                .textArray(["", "a,\"b\\ {NULL}"]), .optionalTextArray(["NULL", nil]),
                .uuidArray([(0, 1), (.max, .max)]), .numericArray([-5, 123_456], scale: 3),
                .boolArray([false, true]), .optionalBytesArray([[0, 92], nil]),
            ]
        )
        #expect(result.rowCount == 2)
        #expect(try result.int64(1, 0) == .max)
        #expect(try result.optionalInt64(0, 1) == nil)
        #expect(try result.int64(1, 1) == -7)
        #expect(try result.string(0, 2) == "")
        #expect(try result.string(1, 2) == "a,\"b\\ {NULL}")
        #expect(try result.string(0, 3) == "NULL")
        #expect(try result.optionalString(1, 3) == nil)
        #expect(try result.uuid(0, 4) == (0, 1))
        #expect(try result.uuid(1, 4) == (.max, .max))
        #expect(try result.string(0, 5) == "-0.005")
        #expect(try result.numeric(1, 5, scale: 3) == 123_456)
        #expect(try result.bool(1, 6))
        #expect(try result.bytes(0, 7) == [0, 92])
        #expect(try result.optionalBytes(1, 7) == nil)
    }

    @Test func `a NUL in a text is refused, not cut`() async throws {
        let connection = try await Shared.connection()
        for value in [PostgresValue.text("a\0b"), .textArray(["a\0b"])] {
            let error = postgresError { _ = try connection.query("SELECT $1::text", [value]) }
            #expect(error?.sqlState == "22021")
            #expect(error?.kind == .reject)
        }
        #expect(connection.isUsable)
    }

    @Test func `a result outlives its connection`() async throws {
        let connection = try await Shared.connection()
        let results = try connection.run("SELECT 1, 'x'; SELECT generate_series(1, 3)")
        connection.close()
        #expect(results.map(\.commandTag) == ["SELECT 1", "SELECT 3"])
        #expect(try results[1].int64(2, 0) == 3)
        let length = results[0].withText(0, 1) { $0.count }
        #expect(length == 1)
    }
}
