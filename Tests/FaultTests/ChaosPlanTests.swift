import FaultPoints
import Foundation
import TestSupport
import Testing

/// What `make chaos` is going to do, without doing it.
@Suite struct ChaosPlanTests {
    /// Of this checkout.
    static let program = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("chaos/run").path

    @Test func `it knows every fault point, and no other`() throws {
        let points = try run([Self.program, "--points"]).split(separator: "\n").map(String.init)
        #expect(Set(points) == Set(FaultPoint.allCases.map(\.name)))
        #expect(points.count == FaultPoint.allCases.count)
    }

    @Test func `a seed makes the same schedule again, and another seed another one`() throws {
        let plan = [Self.program, "--plan", "--minutes", "5", "--seed"]
        let first = try run(plan + ["7"])
        #expect(try run(plan + ["7"]) == first)
        #expect(try run(plan + ["8"]) != first)
    }

    @Test func `ten seeds of five minutes do what they must`() throws {
        for seed in 1...10 {
            let plan = try run([Self.program, "--plan", "--minutes", "5", "--seed", "\(seed)"])
            let lines = plan.split(separator: "\n")
            let faults = lines.dropLast().filter { !$0.contains("burst") }
            #expect(faults.count >= 60)
            let bets = try #require(lines.last).filter(\.isNumber)
            #expect(Int(bets) ?? 0 >= 330_000)
            #expect(faults.count { $0.contains("backend kill") } >= 5)
            #expect(faults.count { $0.contains("api kill") } >= 3)
            #expect(faults.count { $0.contains("worker kill") } >= 3)
            for server in ["nats", "postgres", "redis"] {
                #expect(faults.count { $0.contains("  \(server) kill") } >= 2)
            }
            let kills = faults.filter { !$0.contains("freeze") }
            for point in FaultPoint.allCases {
                #expect(kills.contains { $0.contains("at \(point.name),") }, "\(point)")
            }
            for point in FaultPoint.placing + [.commitSent, .remainderTaken] {
                #expect(kills.contains { $0.contains("debug-api at \(point.name),") }, "\(point)")
            }
            for point in FaultPoint.working + [.commitSent] {
                #expect(
                    kills.contains { $0.contains("debug-worker at \(point.name),") },
                    "\(point)"
                )
            }
        }
    }
}
