import RedisClient

/// The projection's Lua scripts; their arguments are described in the files.
enum OddsScripts {
    static let apply = RedisScript(PackageResources.apply_odds_lua)
    static let install = RedisScript(PackageResources.install_odds_lua)
    static let retire = RedisScript(PackageResources.retire_odds_lua)
    static let advance = RedisScript(PackageResources.advance_odds_lua)
}
