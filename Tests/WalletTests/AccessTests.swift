import Foundation
import ServiceKit
import TestSupport
import Testing
import Tokens
import WebServer

@testable import Wallet

@Suite(.serialized) struct `Who asks` {
    static let world = Task { try await APIWorld.start() }

    /// Every operation, with something that could be asked.
    static let requests: [(Wallet.Operation, String)] = Wallet.Operation.allCases.map { operation in
        let id =
            operation.pattern.contains("/bets/")
            ? "01234567-89ab-4def-8123-456789abcdef" : "some-round"
        return (operation, operation.pattern.replacingOccurrences(of: ":id", with: id))
    }

    @Test(arguments: requests) func `needs a good token`(
        operation: Wallet.Operation,
        path: String
    ) async throws {
        let world = try await Self.world.value
        let good = try world.token(5)
        let parts = good.split(separator: ".").map(String.init)
        func part(_ text: String) -> String {
            Data(text.utf8).base64EncodedString().replacingOccurrences(of: "=", with: "")
                .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        }
        let late = try world.token(5, expiresIn: -3_600)
        let bad: [(String, String?, String)] = [
            ("missing", nil, "token_missing"),
            ("empty", "", "token_missing"),
            ("tampered", parts[0] + "." + part(#"{"sub":"6"}"#) + "." + parts[2], "token_invalid"),
            ("unsigned", part(#"{"alg":"none"}"#) + "." + parts[1] + ".", "token_invalid"),
            (
                "confused", part(#"{"alg":"RS256","typ":"JWT"}"#) + "." + parts[1] + "." + parts[2],
                "token_invalid"
            ),
            ("expired", late, "token_expired"),
            ("long", String(repeating: "a", count: 5_000), "token_invalid"),
        ]
        for (what, token, code) in bad {
            let client = APIClient(port: world.port, token: token)
            let reply = try await client.ask(operation.method.rawValue, path)
            #expect(reply.status == 401, "\(what): \(reply.text)")
            #expect(reply.code == code, "\(what)")
            #expect(reply.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
            #expect(reply.headers["content-type"] == "application/problem+json")
        }
    }

    @Test(arguments: requests.filter { $0.0.access == .operators })
    func `needs an operator's token to do what operators do`(
        operation: Wallet.Operation,
        path: String
    ) async throws {
        let world = try await Self.world.value
        let reply = try await world.client(5).post(path, "{}", key: "k")
        #expect([reply.status.description, reply.code] == ["403", "operator_only"])
    }

    @Test func `sees and touches only what is their own`() async throws {
        let world = try await Self.world.value
        let owner = try await world.user("50")
        let other = try await world.user("50")
        let bet = try await world.place(owner, try await world.round(), "20")["betId"]
        let stranger = try world.client(other)
        let seen = try await stranger.get("/api/bets/\(bet)")
        let absent = try await stranger.get("/api/bets/01234567-89ab-4def-8123-456789abcdef")
        #expect(seen.status == 404)
        #expect(seen.text == absent.text)
        #expect(try await stranger.post("/api/bets/\(bet)/cancel").status == 404)
        // An operator is no owner either.
        #expect(try await world.operatorClient().get("/api/bets/\(bet)").status == 404)
        #expect(try await stranger.get("/api/bets").list("bets").isEmpty)
        #expect(try await stranger.get("/api/wallet")["balance"] == "50")
        #expect(try await world.client(owner).get("/api/wallet")["balance"] == "30")
    }

    @Test func `is slowed down alone when they ask too much`() async throws {
        let world = try await APIWorld.start(settings: [
            "USER_REQUESTS_PER_SECOND": "1", "USER_BURST": "20",
        ])
        let neighbour = try world.client(4_001)
        let flood = try world.client(4_000)
        let replies = try await withThrowingTaskGroup(of: Reply.self) { group in
            for _ in 0..<300 { group.addTask { try await flood.get("/api/wallet") } }
            var replies: [Reply] = []
            for _ in 0..<10 { #expect(try await neighbour.get("/api/wallet").status == 200) }
            for try await reply in group { replies.append(reply) }
            return replies
        }
        let refused = replies.filter { $0.status == 429 }
        #expect(refused.count >= 200)
        #expect(
            refused.allSatisfy { $0.code == "rate_limited" && $0.headers["retry-after"] == "1" }
        )
        #expect(replies.allSatisfy { $0.status == 429 || $0.status == 200 })
    }

    @Test func `finds operators' routes only at their port, when there is one`() async throws {
        let world = try await APIWorld.start(settings: ["ADMIN_PORT": "0"])
        let adminPort = try #require(world.service.adminPort)
        let round = #"{"id":"r"}"#
        #expect(try await world.operatorClient().post("/api/admin/rounds", round).status == 404)
        let admin = try world.operatorClient(port: adminPort)
        #expect(try await admin.post("/api/admin/rounds", round).status == 201)
        #expect(try await admin.get("/api/wallet").status == 404)
        #expect(try await APIClient(port: adminPort).post("/api/admin/rounds", round).status == 401)
    }

    @Test(
        arguments: [
            ([:], "HTTP_ADDRESS="), (["HTTP_ADDRESS": "0.0.0.0"], "HTTP_ADDRESS=0.0.0.0"),
            (
                ["HTTP_ADDRESS": "127.0.0.1", "ADMIN_PORT": "0", "ADMIN_ADDRESS": "10.0.0.1"],
                "ADMIN_ADDRESS=10.0.0.1"
            ),
        ] as [([String: String], String)]
    )
    func `is never trusted by a development key beyond this machine`(
        settings: [String: String],
        complaint: String
    ) throws {
        let directory = try TemporaryDirectory("key")
        let path = directory.path + "/key"
        try ("development-" + String(repeating: "x", count: 32))
            .write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) {
            try WalletConfiguration(
                Environment(settings.merging(["TOKEN_KEY_FILE": path]) { given, _ in given })
            )
        }
        #expect(error?.description.hasPrefix(complaint) == true)
        #expect(error?.description.contains("development key") == true)
    }
}
