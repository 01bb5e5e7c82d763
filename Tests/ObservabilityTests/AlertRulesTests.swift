import Foundation
import TestSupport
import Testing

@Suite
struct AlertRulesTests {
    @Test
    func `promtool takes the rules`() throws {
        guard let complaints = try Promtool.complaints(aboutRules: AlertsDocument.path) else {
            return
        }
        #expect(complaints == "")
    }

    @Test
    func `the runbook has a row for every alert, and for no other`() throws {
        let alerts = try AlertsDocument().alerts
        let runbook = try RunbookDocument()
        let rows = runbook.rows(of: "Alerts")
        #expect(alerts.count > 20)
        #expect(Set(alerts.map(\.name)).count == alerts.count)
        #expect(rows.map(\.name).sorted() == alerts.map(\.name).sorted())
        for alert in alerts {
            let row = rows.first { $0.name == alert.name }
            let wakes = try #require(["page": "yes", "ticket": "no"][alert.severity])
            #expect(row?.cells.first == wakes, "\(alert.name)")
            #expect(runbook.unknownSections(in: row.map { [$0.cells.last ?? ""] } ?? []) == [])
        }
    }

    @Test
    func `every metric of an alert is listed`() throws {
        let document = try MetricsDocument()
        let own = document.processes.flatMap(document.entries).map(\.name)
        // What exporters tell is listed in the runbook.
        let exporters = try RunbookDocument().rows(of: "Disks").map(\.name)
        let listed = Set(own + exporters)
        for alert in try AlertsDocument().alerts {
            #expect(!alert.metrics.isEmpty, "\(alert.name)")
            #expect(alert.metrics.subtracting(listed) == [], "\(alert.name)")
        }
    }

    @Test
    func `every log line of the runbook is one of the program's`() throws {
        let rows = try RunbookDocument().rows(of: "Log lines")
        #expect(rows.count > 20)
        let sources = try programText()
        let unknown = rows.map(\.name).filter { !sources.contains("\"" + $0) }
        #expect(unknown == [])
    }

    @Test
    func `a document that lacks something is told from one that does not`() {
        let alerts = AlertsDocument(
            """
            - alert: One
              expr: >-
                max(betting_a)
                > rate(process_b[1m])
              for: 1m
              labels: { severity: page }
            - alert: Two
              expr: sum(jetstream_c{x="betting"}) > rate(betting_d_seconds_bucket{le="1"}[1m])
              labels: { severity: ticket }
            """
        ).alerts
        #expect(alerts.map(\.name) == ["One", "Two"])
        #expect(alerts.map(\.severity) == ["page", "ticket"])
        #expect(alerts[0].expression == "max(betting_a) > rate(process_b[1m])")
        #expect(
            alerts.map(\.metrics)
                == [["betting_a", "process_b"], ["jetstream_c", "betting_d_seconds"]]
        )
        let runbook = RunbookDocument("## A\n| `x` | y |\n| z | `v` |\n## B c\n| `w` and | u |\n")
        #expect(runbook.headings == ["A", "B c"])
        #expect(runbook.rows(of: "A").map(\.name) == ["x"])
        #expect(runbook.rows(of: "A").map(\.cells) == [["y"]])
        #expect(runbook.rows(of: "B c") == [])
        #expect(runbook.unknownSections(in: [#"see "B c" or "D e", "f""#]) == ["D e"])
    }

    /// The sources of all executables, as one text.
    private func programText() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Sources").standardizedFileURL
        let files = try #require(FileManager.default.enumerator(atPath: root.path))
        var text = ""
        for case let file as String in files where file.hasSuffix(".swift") {
            text += try String(contentsOfFile: root.path + "/" + file, encoding: .utf8)
        }
        return text
    }
}
