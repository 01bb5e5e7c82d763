import EngineHarness
import Foundation
import TestSupport
import Testing

@testable import Wallet

/// The server ends by kill -9 in the middle of placing a bet; the client asks another one again.
@Suite(.serialized, .enabled(if: Program.haveFaultPoints))
struct `A server that is killed` {
    static let world = Task { try await APIWorld.start() }

    @Test(arguments: ["entriesWritten", "moneyCommitDue", "commitSent", "moneyCommitted"])
    func `while it places a bet places it once`(point: String) async throws {
        let world = try await Self.world.value
        let user = try await world.user("100")
        let round = try await world.round()
        let directory = try TemporaryDirectory("killed")
        let server = ServerProcess(
            [try Program.apiServer.path()],
            environment: world.environment.merging(["FAULT_AT": "\(point):kill"]) { $1 },
            logPath: directory.path + "/log"
        )
        try server.start()
        var killed = APIClient(port: try await server.httpPort(), token: try world.token(user))
        let isReady = try await eventually { try await killed.get("/readyz").status == 200 }
        #expect(isReady, "\(server.log)")
        killed.token = try world.token(user)
        let bet = #"{"roundId":"\#(round)","amount":"10","side":"A"}"#
        let answer = try? await killed.post("/api/bets", bet, key: "killed")
        #expect(answer == nil, "\(point) was not reached: \(answer?.text ?? "")")
        let again = try await world.place(user, round, "10", key: "killed")
        #expect(again.status == 202)
        let wasCommitted = point == "moneyCommitted"
        if wasCommitted { #expect(again.headers["idempotent-replayed"] == "true") }
        let wallet = try await world.client(user).get("/api/wallet")
        #expect([wallet["balance"], wallet["locked"]] == ["90", "10"])
        let bets = try await world.client(user).get("/api/bets").list("bets")
        #expect(bets.map { $0["betId"] } == [again["betId"]])
    }
}
