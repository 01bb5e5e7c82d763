import RedisClient
import Testing

@Suite struct RedisConfigurationTests {
    struct Good: Sendable {
        let address: String
        var host = "redis"
        var port = 6379
        var user: String?
        var password: String?
        var database = 0
    }

    @Test(arguments: [
        Good(address: "redis:6380", port: 6380),
        Good(address: "redis"),
        Good(address: "redis://redis"),
        Good(address: "redis://redis:1", port: 1),
        Good(address: "redis://redis/", port: 6379),
        Good(address: "redis://redis:65535/15", port: 65535, database: 15),
        Good(address: "redis://:secret@redis:6379", password: "secret"),
        Good(
            address: "redis://ann:p%40ss%3a/@redis/2",
            user: "ann",
            password: "p@ss:/",
            database: 2
        ),
        Good(address: "redis://ann:a@b@redis", user: "ann", password: "a@b"),
        Good(address: "[::1]:7000", host: "::1", port: 7000),
        Good(address: "redis://[fe80::1]", host: "fe80::1"),
    ])
    func `reads addresses`(_ good: Good) throws {
        let configuration = try RedisConfiguration(address: good.address)
        #expect(configuration.host == good.host)
        #expect(configuration.port == good.port)
        #expect(configuration.user == good.user)
        #expect(configuration.password == good.password)
        #expect(configuration.database == good.database)
    }

    @Test(arguments: [
        ("", "the host is missing (character 1)"),
        (":6379", "the host is missing (character 1)"),
        ("redis:", "the port is not a number in 1...65535 (character 7)"),
        ("redis:0", "the port is not a number in 1...65535 (character 7)"),
        ("redis:65536", "the port is not a number in 1...65535 (character 7)"),
        ("redis:63x9", "the port is not a number in 1...65535 (character 9)"),
        ("redis:99999999999999999999", "the port is not a number in 1...65535 (character 12)"),
        ("re dis:1", "the host has a character it cannot have (character 3)"),
        ("redis://host:1/x", "the database is not a number in 0...65535 (character 16)"),
        ("redis://secret@host", "the password is missing before @ (character 15)"),
        ("redis://:%2@host", "% without two hexadecimal digits (character 10)"),
        ("rediss://host", "only redis:// is supported, not this scheme (character 7)"),
        ("[::1:6379", "the bracket of the host is not closed (character 1)"),
        ("[::1]6379", "expected : and the port (character 6)"),
    ])
    func `says what is wrong and where`(address: String, message: String) {
        #expect(throws: RedisError.invalidAddress(message)) {
            try RedisConfiguration(address: address)
        }
    }
}
