/// One numbered step of the schema; expand first, contract in a later release.
package struct Migration: Sendable {
    package let version: Int
    package let name: String
    let sql: String

    /// Every step, in order. A step that was released is never changed.
    package static let all = [
        Migration(version: 1, name: "bets", resource: PackageResources._001_bets_sql),
        Migration(version: 2, name: "upkeep", resource: PackageResources._002_upkeep_sql),
        Migration(version: 3, name: "lost_end", resource: PackageResources._003_lost_end_sql),
        Migration(version: 4, name: "money", resource: PackageResources._004_money_sql),
        Migration(version: 5, name: "key_age", resource: PackageResources._005_key_age_sql),
        Migration(
            version: 6,
            name: "outcome_blocks",
            resource: PackageResources._006_outcome_blocks_sql
        ),
    ]

    /// - Parameter sql: statements that may run in one transaction.
    package init(version: Int, name: String, sql: String) {
        self.version = version
        self.name = name
        self.sql = sql
    }

    private init(version: Int, name: String, resource: [UInt8]) {
        self.init(version: version, name: name, sql: String(decoding: resource, as: UTF8.self))
    }

    /// How it is called in messages.
    package var title: String { "\(version) (\(name))" }

    /// Told apart from other text by this number, so that an edited step is noticed. FNV-1a.
    var checksum: Int64 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}
