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
        let known = FaultPoint.allCases.filter { !FaultPoint.ofMoney.contains($0) }
        #expect(Set(points) == Set(known.map(\.name)))
        #expect(points.count == known.count)
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
            #expect(faults.count >= 40)
            let bets = try #require(lines.last).filter(\.isNumber)
            #expect(Int(bets) ?? 0 >= 330_000)
            #expect(faults.count { $0.contains("backend kill") } >= 5)
            for server in ["nats", "postgres", "redis"] {
                #expect(faults.count { $0.contains("  \(server) kill") } >= 2)
            }
            for point in FaultPoint.allCases where !FaultPoint.ofMoney.contains(point) {
                let kills = faults.filter { !$0.contains("freeze") }
                #expect(kills.contains { $0.contains("at \(point.name),") }, "\(point)")
            }
        }
    }
}
