import FaultPoints
import Testing

@Suite struct FaultPlanTests {
    @Test(arguments: [
        ("commitSent", FaultPoint.commitSent, FaultPlan.Action.kill, 1),
        ("commitSent:kill", .commitSent, .kill, 1),
        ("copyOpened:freeze", .copyOpened, .freeze, 1),
        ("copyOpened:7", .copyOpened, .kill, 7),
        ("groupLeft:freeze:1000000", .groupLeft, .freeze, 1_000_000),
    ])
    func `a point, what happens and when`(
        text: String,
        point: FaultPoint,
        action: FaultPlan.Action,
        visit: Int
    ) throws {
        let fault = try #require(FaultPlan.faults(in: text).first)
        #expect(fault.point == point)
        #expect(fault.action == action)
        #expect(fault.visit == visit)
    }

    @Test func `several faults stand side by side`() throws {
        let faults = try FaultPlan.faults(in: "copyOpened:freeze,commitSent:kill:3")
        #expect(faults.map(\.point) == [.copyOpened, .commitSent])
        #expect(faults.map(\.visit) == [1, 3])
    }

    @Test(arguments: [
        "", "nowhere", "commitSent:", "commitSent:stop", "commitSent:kill:0", "commitSent:-1",
        "commitSent:kill:1:2", "commitSent,", "commitSent:1000001", "CommitSent",
    ])
    func `what cannot be read is an error`(text: String) {
        #expect(throws: FaultPlan.Unreadable.self) { try FaultPlan.faults(in: text) }
    }

    @Test func `every point has a name of its own`() {
        #expect(Set(FaultPoint.allCases.map(\.name)).count == FaultPoint.allCases.count)
    }
}
