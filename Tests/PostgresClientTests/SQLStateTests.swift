import PostgresClient
import Testing

struct SQLStateTests {
    @Test(
        arguments: [
            ("08006", .retry), ("08007", .retry), ("40001", .retry), ("40P01", .retry),
            ("40003", .retry), ("53100", .retry), ("53300", .retry), ("55P03", .retry),
            ("55006", .retry), ("57014", .retry), ("57P01", .retry), ("57P03", .retry),
            ("57P04", .stop), ("58030", .retry), ("25006", .retry), ("25P02", .stop),
            ("25P03", .retry), ("25P04", .retry), ("22003", .reject), ("22021", .reject),
            ("22P02", .reject),
            ("23505", .reject), ("23514", .reject), ("44000", .reject), ("54000", .reject),
            ("54023", .stop),
            ("22P03", .stop), ("22P04", .stop),
            ("P0001", .reject), ("P0004", .stop), ("28P01", .stop), ("28000", .stop),
            ("3D000", .stop), ("42P01", .stop), ("42501", .stop), ("42601", .stop),
            ("0A000", .stop), ("26000", .retry), ("XX000", .retry), ("XX001", .stop),
            ("21000", .stop), ("", .stop), ("nonsense", .stop),
        ] as [(String, PostgresError.Kind)]
    )
    func `a SQLSTATE says what to do`(sqlState: String, kind: PostgresError.Kind) {
        #expect(PostgresError.Kind(sqlState: sqlState) == kind)
    }
}
