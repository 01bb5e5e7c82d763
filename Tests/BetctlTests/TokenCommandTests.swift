import Foundation
import ServiceKit
import TestSupport
import Testing
import Tokens

@testable import betctl

@Suite struct `betctl token` {
    @Test(
        arguments: [
            ([], "--user is missing"), (["--user", "0"], "--user 0"), (["--user=x"], "--user x"),
            (["--user", "7", "--ttl", "0"], "--ttl"), (["--user", "7", "--ttl", "721h"], "--ttl"),
            (["--user", "7", "8"], "'8'"),
        ] as [([String], String)]
    )
    func `refuses`(words: [String], complaint: String) {
        let error = #expect(throws: UsageError.self) { try TokenCommand(words) }
        #expect(error?.description.hasPrefix(complaint) == true, "\(String(describing: error))")
    }

    @Test(
        arguments: [
            (["--user", "7"], false, 3_600), (["--user=7", "--operator", "--ttl=2m"], true, 120),
        ] as [([String], Bool, Int64)]
    )
    func `makes one that a server with the same settings takes`(
        words: [String],
        isOperator: Bool,
        seconds: Int64
    ) throws {
        let directory = try TemporaryDirectory("token-key")
        let path = directory.path + "/key"
        try String(repeating: "k", count: 40).write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        let environment = Environment(["TOKEN_KEY_FILE": path, "TOKEN_ISSUER": "bank"])
        let token = try TokenCommand(words).token(environment, now: 1_000)
        let settings = try TokenSettings(environment)
        let claims = try TokenVerifier(keys: settings.keys, rules: settings.rules)
            .verify(token, now: 1_000)
        #expect(
            claims
                == TokenClaims(userID: 7, isOperator: isOperator, expiresAt: 1_000 + seconds)
        )
    }
}
