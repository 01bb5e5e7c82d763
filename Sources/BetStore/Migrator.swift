package import PostgresClient

/// One numbered step of the schema; expand first, contract in a later release.
package struct Migration: Sendable {
    package let version: Int
    package let name: String
    let sql: String

    /// Every step, in order. A step that was released is never changed.
    package static let all = [
        Migration(version: 1, name: "bets", resource: PackageResources._001_bets_sql)
    ]

    private init(version: Int, name: String, resource: [UInt8]) {
        self.version = version
        self.name = name
        sql = String(decoding: resource, as: UTF8.self)
    }
}
