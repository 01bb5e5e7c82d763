/// A remark of the server that is not an error: NOTICE, WARNING and their like.
package struct PostgresNotice: Sendable {
    /// `WARNING`, `NOTICE`, `INFO`, `LOG` or `DEBUG`, never translated.
    package let severity: String
    package let sqlState: String
    /// May quote values.
    package let message: String
}
