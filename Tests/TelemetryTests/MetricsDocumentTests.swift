import Foundation
import TestSupport
import Testing

@Suite
struct MetricsDocumentTests {
    @Test
    func `the list has every process, and no name twice in one`() throws {
        let document = try MetricsDocument()
        #expect(document.processes == ["api-server", "backend", "stats-aggregator", "worker"])
        for process in document.processes {
            let names = document.entries(of: process).map(\.name)
            #expect(names.count > 30)
            #expect(Set(names).count == names.count, "\(process)")
        }
    }

    @Test
    func `the list keeps to the rules of naming`() throws {
        let document = try MetricsDocument()
        let prefix = /(betting|process|jetstream_stream|jetstream_consumer)_[a-z_]+/
        for entry in document.processes.flatMap(document.entries) {
            #expect(entry.name.wholeMatch(of: prefix) != nil, "\(entry.name)")
            #expect(["counter", "gauge", "histogram"].contains(entry.kind), "\(entry.name)")
            #expect(entry.name.hasSuffix("_total") == (entry.kind == "counter"), "\(entry.name)")
            for label in entry.labels {
                #expect(label.wholeMatch(of: /[a-z_]+/) != nil, "\(entry.name): \(label)")
            }
        }
    }

    @Test
    func `a process with exactly the list passes promtool`() throws {
        let document = try MetricsDocument()
        for process in document.processes {
            var text = ""
            for entry in document.entries(of: process) {
                text += "# HELP \(entry.name) H.\n# TYPE \(entry.name) \(entry.kind)\n"
                let labels = entry.labels.sorted().map { "\($0)=\"x\"" }
                func sample(_ suffix: String, _ more: [String] = []) -> String {
                    let all = (labels + more).joined(separator: ",")
                    return entry.name + suffix + (all.isEmpty ? "" : "{\(all)}") + " 1\n"
                }
                if entry.kind == "histogram" {
                    text += sample("_bucket", ["le=\"1\""]) + sample("_bucket", ["le=\"+Inf\""])
                    text += sample("_sum") + sample("_count")
                } else {
                    text += sample("")
                }
            }
            #expect(document.differences(from: try Exposition(text), process: process) == [])
            guard let complaints = try Promtool.complaints(about: text) else { return }
            #expect(complaints == "", "\(process)")
        }
    }

    @Test
    func `every kind of difference is found`() throws {
        let document = MetricsDocument(
            """
            ## Every process
            | name | type | labels | unit |
            |---|---|---|---|
            | `a_total` | counter | – | – |
            ## one
            | `b` | gauge | `x` `y` | – |
            | `c` | gauge | – | – |
            | `d` | gauge | – | – |
            ## other
            | `e` | gauge | – | – |
            """
        )
        let exposition = try Exposition(
            """
            # HELP a_total A.
            # TYPE a_total gauge
            a_total 1
            # HELP b B.
            # TYPE b gauge
            b{x="1"} 1
            # HELP c C.
            # TYPE c gauge
            # HELP e E.
            # TYPE e gauge
            e 1

            """
        )
        #expect(
            document.differences(from: exposition, process: "one") == [
                "e is emitted and not listed",
                "a_total is a gauge, listed as counter",
                #"b has labels ["x"], listed are ["x", "y"]"#,
                "c has no sample",
                "d is listed and not emitted",
            ]
        )
        let lenient = document.differences(from: exposition, process: "one", mayBeEmpty: ["c"])
        #expect(lenient.count == 4)
    }

    @Test(arguments: [
        "a 1\n", "# TYPE a gauge\na 1\n", "# HELP a A.\n# TYPE a gauge\na 1",
        "# HELP a A.\n# TYPE a gauge\na 1\na 2\n", "# HELP a A.\n# TYPE a gauge\nb 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=1} 1\n", "# HELP a A.\n# TYPE a gauge\na{x=\"1} 1\n",
        "# HELP a A.\n# TYPE a gauge\na{x=\"1\",x=\"2\"} 1\n", "# HELP a A.\n# TYPE a gauge\na x\n",
        "# HELP a A.\n# TYPE a histogram\na_bucket{le=\"1\"} 2\na_bucket{le=\"+Inf\"} 1\n"
            + "a_sum 1\na_count 1\n",
    ])
    func `what the format forbids is found`(text: String) {
        #expect(throws: FixtureError.self) { try Exposition(text) }
    }
}
