import Foundation
import ServiceKit
import TestSupport
import Testing

@testable import Tokens

@Suite struct `The settings of tokens` {
    private static func file(_ text: String) throws -> (TemporaryDirectory, String) {
        let directory = try TemporaryDirectory("token-key")
        let path = directory.path + "/key"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return (directory, path)
    }

    @Test func `are read, with a second key while keys are changed`() throws {
        let (one, path) = try Self.file(String(repeating: "a", count: 32) + "\n")
        let (other, secondPath) = try Self.file("development-" + String(repeating: "b", count: 32))
        defer { _ = (one, other) }
        let settings = try TokenSettings(
            Environment([
                "TOKEN_KEY_FILE": path, "TOKEN_SECOND_KEY_FILE": secondPath,
                "TOKEN_ISSUER": "bank", "TOKEN_LEEWAY_SECONDS": "5",
            ])
        )
        #expect(settings.keys.map(\.isDevelopment) == [false, true])
        #expect(settings.rules.issuer == "bank")
        #expect(settings.rules.leewaySeconds == 5)
        #expect(settings.rules.audience == "betting-api")
    }

    @Test(
        arguments: [
            (nil, [:], "TOKEN_KEY_FILE: the file"),
            ("short", [:], "a secret of 5 bytes"),
            (String(repeating: "a", count: 31) + "\n", [:], "a secret of 31 bytes"),
            (String(repeating: "a", count: 17_000), [:], "more than 16384 bytes"),
            (String(repeating: "a", count: 40), ["TOKEN_ALGORITHM": "RS256"], "not an RSA key"),
            (String(repeating: "a", count: 40), ["TOKEN_ALGORITHM": "none"], "HS256, RS256"),
            ("-----BEGIN PUBLIC KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAA\n", [:], "no secret for HS256"),
            (
                "# new\n-----BEGIN PUBLIC KEY-----\nAAAAAAAAAAAAAAAAAAAAAAAA\n", [:],
                "no secret for HS256"
            ),
        ] as [(String?, [String: String], String)]
    )
    func `that are wrong name the variable`(
        key: String?,
        others: [String: String],
        complaint: String
    ) throws {
        let file = try key.map(Self.file)
        var values = others
        if let file { values["TOKEN_KEY_FILE"] = file.1 }
        let error = #expect(throws: ConfigurationError.self) {
            try TokenSettings(Environment(values))
        }
        #expect(error?.description.contains(complaint) == true, "\(String(describing: error))")
        #expect(error?.description.hasPrefix("TOKEN_") == true)
    }
}
