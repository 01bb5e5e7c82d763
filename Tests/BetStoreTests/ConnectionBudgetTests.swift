import BetStore
import PostgresClient
import Testing

/// The arithmetic of docs/OPERATIONS.md, "Sizing".
@Suite struct ConnectionBudgetTests {
    private func budget(
        _ available: Int,
        _ backendsMax: Int,
        _ applications: [String] = []
    ) -> ConnectionBudget {
        ConnectionBudget(
            ConnectionLimits(available: available, free: available, applications: applications),
            backendsMax: backendsMax
        )
    }

    @Test func `three for each backend, one for the keeper, one for each of the others`() {
        #expect(budget(97, 5).needed == 5 * 3 + 1 + 3)
        #expect(budget(97, 30).needed == 94)
        #expect(budget(97, 31).needed == 97 && budget(97, 31).shortage == nil)
        #expect(budget(97, 31).backendsPossible == 31)
        #expect(budget(97, 32).shortage?.contains("room for 31 backends") == true)
        #expect(budget(2, 1).backendsPossible == 0)
    }

    @Test func `what runs already counts when it is more`() {
        let backends = (1...7).flatMap { ["backend b-\($0)", "backend b-\($0)"] }
        let others = (1...4).map { "stats-aggregator a-\($0)" } + ["psql"]
        let running = budget(27, 5, backends + others)
        #expect(running.backends == 7 && running.others == 5)
        #expect(running.needed == 7 * 3 + 1 + 5 && running.shortage == nil)
        #expect(budget(26, 5, backends + others).shortage != nil)
    }
}
