/// Where Redis is and how long to wait for it.
package struct RedisConfiguration: Sendable, Equatable {
    /// A name or an address, IPv6 without brackets.
    package var host: String
    /// TCP, 1 to 65,535.
    package var port: Int
    /// Nil is Redis' user `default`.
    package var user: String?
    /// Nil sends no AUTH.
    package var password: String?
    /// Selected at connect unless 0.
    package var database = 0
    /// For one address of the host, without the name look-up.
    package var connectTimeoutMilliseconds: Int
    /// For one call, from the first byte sent to the last byte received, a whole pipeline included.
    package var commandTimeoutMilliseconds: Int

    /// Where an address names no port.
    package static let defaultPort = 6379

    /// Reads `host:port` or `redis://[user:password@]host[:port][/database]`; user and password may
    /// be percent-encoded, the user may be empty. A missing port is 6379.
    ///
    /// - Throws: `RedisError.invalidAddress`, which says what is wrong and at which character.
    package init(
        address: String,
        connectTimeoutMilliseconds: Int = 500,
        commandTimeoutMilliseconds: Int = 500
    ) throws(RedisError) {
        let parts = try RedisAddress(parsing: address)
        self.host = parts.host
        self.port = parts.port ?? Self.defaultPort
        self.user = parts.user
        self.password = parts.password
        self.database = parts.database ?? 0
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.commandTimeoutMilliseconds = commandTimeoutMilliseconds
    }
}
