import Foundation
import TestSupport
import Testing

@testable import Wallet

@Suite(.serialized) struct `Without its database the API` {
    @Test func `says so, and goes on when it is back`() async throws {
        let postgres = try await PostgresServer.start()
        let world = try await APIWorld.start(on: postgres)
        let user = try await world.user("100")
        let round = try await world.round()
        postgres.process.kill(SIGKILL)
        _ = try await postgres.process.waitForExit(timeout: .seconds(20))
        for _ in 0..<5 {
            let reply = try await world.place(user, round, "10", key: "through the outage")
            #expect([reply.status.description, reply.code] == ["503", "database_unavailable"])
            #expect(reply.headers["retry-after"] == "1")
            #expect(try await world.client(user).get("/api/wallet").status == 503)
        }
        #expect(try await world.client().get("/livez").status == 200)
        let isUnready = try await eventually {
            try await world.client().get("/readyz").status == 503
        }
        #expect(isUnready)
        try await postgres.start()
        let isBack = try await eventually(within: .seconds(30)) {
            try await world.place(user, round, "10", key: "through the outage").status == 202
        }
        #expect(isBack)
        #expect(try await world.client(user).get("/api/wallet")["balance"] == "90")
    }

    @Test func `is ready once the tables are there`() async throws {
        let postgres = try await PostgresServer.start()
        let world = try await APIWorld.start(on: postgres, migrates: false)
        let readiness = try await world.client().get("/readyz")
        #expect(readiness.status == 503)
        #expect(try await world.client(1).get("/api/wallet").code == "database_unavailable")
        let isExplained = try await eventually {
            try await world.client().get("/readyz").text.contains("betctl migrate")
        }
        #expect(isExplained)
        try world.migrate()
        let isReady = try await eventually {
            try await world.client().get("/readyz").status == 200
        }
        #expect(isReady)
    }

    @Test func `refuses one that may forget`() async throws {
        let postgres = try await PostgresServer.start(settings: ["synchronous_commit=off"])
        let world = try await APIWorld.start(on: postgres, migrates: false)
        await #expect(throws: WalletError.self) { try await world.ended() }
    }
}
