import Foundation
import TestSupport
import Testing

/// How `make chaos` judges what a run has found, and what processes wrote.
@Suite struct ChaosVerdictTests {
    /// A run of five minutes that has just done enough, as `report.json` keeps it.
    private static func enough() -> [String: Any] {
        [
            "seed": 1, "minutes": 5, "seconds": 300, "acknowledged": 300_000, "tried": 300_000,
            "stored": 290_000, "duplicates": 4_000, "rejected": 6_000, "unclassified": 0,
            "done": [
                "backend kill": 5, "api kill": 3, "worker kill": 3, "nats kill": 2,
                "postgres kill": 2, "redis kill": 2, "point kill": 43,
            ],
            "money": ["placed": 10_000, "replayed": 7],
            "planned": ["point kill": 29], "missed": [String](), "violations": [String](),
            "hits": ["commitSent kill": 1], "longest_stall": [60, "at 3 s; no fault"],
            "peaks_kib": ["release-2": 25_600, "aggregator": 25_600, "debug-1": 40_000],
            "complaints": ["Redis away": 1], "audit": "verdict: clean", "settled_seconds": 1,
            "compared": "all",
            "starts": ["release-1": 1], "ends": ["killed": 1], "machine_load": 1,
        ]
    }

    @Test func `a run that did enough and violated nothing is clean`() throws {
        #expect(try judged(Self.enough()).contains("seed 1: no violation"))
    }

    @Test(arguments: [
        ("acknowledged", "299999", "299,999 of 300,000"),
        (
            "done", #"{"backend kill": 5, "nats kill": 2, "postgres kill": 2, "redis kill": 2}"#,
            "faults 11 of 60"
        ),
        ("done", #"{"backend kill": 4, "point kill": 40}"#, "kill -9 of backends 4 of 5"),
        ("done", #"{"api kill": 2, "point kill": 60}"#, "kill -9 of api-servers 2 of 3"),
        ("done", #"{"worker kill": 2, "point kill": 60}"#, "kill -9 of workers 2 of 3"),
        ("money", #"{"placed": 9999}"#, "bets placed 9,999 of 10,000"),
        ("done", #"{"nats kill": 1, "point kill": 40}"#, "kill -9 of nats 1 of 2"),
        ("done", #"{"postgres kill": 1, "point kill": 40}"#, "kill -9 of postgres 1 of 2"),
        ("done", #"{"redis kill": 1, "point kill": 40}"#, "kill -9 of redis 1 of 2"),
        ("longest_stall", #"[61, "at 3 s"]"#, "nothing was stored for 61 s"),
        ("peaks_kib", #"{"release-1": 25601}"#, "release-1 occupied 25601 KiB"),
        ("peaks_kib", #"{"aggregator": 25601}"#, "aggregator occupied 25601 KiB"),
        ("violations", #"["the audit's status is 1"]"#, "the audit's status is 1"),
    ])
    func `a run is no success`(field: String, value: String, reason: String) throws {
        var findings = Self.enough()
        findings[field] = try JSONSerialization.jsonObject(
            with: Data(value.utf8),
            options: .fragmentsAllowed
        )
        let error = #expect(throws: FixtureError.self) { try judged(findings) }
        #expect("\(error as Any)".contains(reason), "\(error as Any)")
    }

    @Test func `how much a shorter run did is not judged`() throws {
        var findings = Self.enough()
        findings["minutes"] = 4.9
        findings["acknowledged"] = 0
        findings["done"] = [String: Int]()
        #expect(try judged(findings).contains("no violation"))
    }

    @Test(arguments: [
        #"{"level":"info","message":"whatever"}"#,
        #"{"level":"warning","message":"a batch could not be committed and is tried again until it can","#
            + #""error":"postgres connectionLost, commit unknown, (retry)"}"#,
        #"{"level":"error","message":"stopped","reason":"none was delivered for 31 s"}"#,
        #"{"level":"error","message":"stopped","reason":"NATS_URL: connect does not come back"}"#,
        #"{"level":"warning","message":"jobs failed","kind":"match","count":0,"#
            + #""error":"postgres server, SQLSTATE 40P01, deadlock detected, (retry)"}"#,
    ])
    func `a line that is known is no violation`(line: String) throws {
        try classify(line)
    }

    @Test(arguments: [
        "Fatal error: Index out of range",
        #"{"level":"warning","message":"whatever"}"#,
        #"{"level":"warning","message":"a batch could not be committed and is tried again until it can","#
            + #""error":"postgres statementFailed, SQLSTATE 42P01, no such table, (stop)"}"#,
        #"{"level":"error","message":"stopped","reason":"postgres connectFailed, refused, (retry)"}"#,
        #"{"level":"warning","message":"jobs failed","kind":"refund","count":0,"#
            + #""error":"postgres server, SQLSTATE 23514, table placed_bets, (reject)"}"#,
        #"{"level":"error","message":"the ledger refused","error":"postgres server, (stop)"}"#,
        #"{"level":"error","message":"jobs are dead: their lease ran out each time","count":1}"#,
    ])
    func `a line of no known kind is one`(line: String) throws {
        #expect(throws: FixtureError.self) { try classify(line) }
    }

    /// The report; throws when the run was no success.
    @discardableResult
    private func judged(_ findings: [String: Any]) throws -> String {
        let directory = try TemporaryDirectory("verdict")
        let file = directory.url.appendingPathComponent("report.json")
        try JSONSerialization.data(withJSONObject: findings).write(to: file)
        return try run([ChaosPlanTests.program, "--judge", file.path])
    }

    private func classify(_ line: String) throws {
        let directory = try TemporaryDirectory("complaint")
        let file = directory.url.appendingPathComponent("pod.log")
        try Data((line + "\n").utf8).write(to: file)
        _ = try run([ChaosPlanTests.program, "--classify", file.path])
    }
}
