import Foundation
import Telemetry
import TestSupport
import Testing

@Suite
struct MetricsTests {
    @Test
    func `the exposition is the text format, in the order in which metrics were made`() throws {
        let metrics = Metrics()
        let stored = metrics.counter("betting_bets_stored_total", "Bets stored.")
        let malformed = metrics.counter(
            "betting_rejected_total",
            "Rejected.",
            labels: [("reason", "malformed")]
        )
        _ = metrics.counter("betting_rejected_total", "Rejected.", labels: [("reason", "bad_id")])
        metrics.gauge("betting_share", "Of the stream.").set(0.25)
        stored.add(3)
        stored.add()
        malformed.add(2)
        let expected = """
            # HELP betting_bets_stored_total Bets stored.
            # TYPE betting_bets_stored_total counter
            betting_bets_stored_total 4
            # HELP betting_rejected_total Rejected.
            # TYPE betting_rejected_total counter
            betting_rejected_total{reason="malformed"} 2
            betting_rejected_total{reason="bad_id"} 0
            # HELP betting_share Of the stream.
            # TYPE betting_share gauge
            betting_share 0.25
            # HELP betting_metrics_dropped_samples Samples left out of this answer because it was full.
            # TYPE betting_metrics_dropped_samples gauge
            betting_metrics_dropped_samples 0

            """
        #expect(metrics.exposition() == expected)
    }

    @Test
    func `a counter never falls`() {
        let counter = Metrics().counter("a_total", "A.")
        counter.add(5)
        counter.add(-3)
        counter.add(0)
        #expect(counter.value == 5)
    }

    @Test(arguments: [
        (Double.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (0, "0"), (-2, "-2"),
        (0.1, "0.1"), (1e-7, "1e-07"), (1.5e300, "1.5e+300"),
        (9_007_199_254_740_992, "9007199254740992"),
    ])
    func `numbers are written as Prometheus reads them`(value: Double, text: String) throws {
        let metrics = Metrics()
        metrics.gauge("a", "A.").set(value)
        #expect(metrics.exposition().contains("\na \(text)\n"))
    }

    @Test
    func `whole numbers keep all their digits`() throws {
        let metrics = Metrics()
        metrics.collect { writer in
            writer.family("a", .gauge, "A.")
            writer.sample(UInt64.max, labels: [("at", "most")])
            writer.sample(Int64.min, labels: [("at", "least")])
        }
        let text = metrics.exposition()
        #expect(text.contains("a{at=\"most\"} 18446744073709551615\n"))
        #expect(text.contains("a{at=\"least\"} -9223372036854775808\n"))
    }

    @Test
    func `whatever a label or a help holds comes back as it was`() throws {
        let value = "a\\b\"c\nd,e}=é🎲\t\u{0}"
        let metrics = Metrics()
        metrics.gauge("a", "Back\\slash\nand line.", labels: [("x", value), ("y", "")]).set(1)
        let read = try Exposition(metrics.exposition())
        #expect(read.value("a", ["x": value, "y": ""]) == 1)
        #expect(read.family("a")?.help == #"Back\\slash\nand line."#)
    }

    @Test
    func `collectors are asked each time`() throws {
        let metrics = Metrics()
        let source = metrics.gauge("source", "S.")
        metrics.collect { writer in
            writer.family("twice", .gauge, "Twice the source.")
            writer.sample(source.value * 2)
        }
        for value in [1, 7.5] {
            source.set(value)
            #expect(try Exposition(metrics.exposition()).value("twice") == value * 2)
        }
    }

    @Test
    func `a family without samples stays declared`() throws {
        let metrics = Metrics()
        metrics.collect { $0.family("unknown", .gauge, "Not known now.") }
        #expect(try Exposition(metrics.exposition()).family("unknown")?.samples == [])
    }

    @Test
    func `an exposition has a limit, and says what it left out`() throws {
        let metrics = Metrics()
        let samples = 40_000
        metrics.collect { writer in
            writer.family("many", .gauge, "Too many.")
            for number in 0..<samples {
                writer.sample(number, labels: [("number", "\(number)-is-a-label-of-some-length")])
            }
            writer.family("late", .gauge, "After the limit.")
            writer.sample(1)
        }
        let text = metrics.exposition()
        #expect(text.utf8.count <= MetricsWriter.bytesMax + 512)
        let read = try Exposition(text)
        let written = try #require(read.family("many")?.samples.count)
        #expect(written > 10_000)
        #expect(read.family("late") == nil)
        #expect(read.value("betting_metrics_dropped_samples") == Double(samples - written + 1))
    }

    @Test
    func `many threads may add, set and ask at once`() async throws {
        let metrics = Metrics()
        let counter = metrics.counter("a_total", "A.")
        let histogram = metrics.histogram("b_seconds", "B.", boundsSeconds: [0.5, 1])
        await withTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    for number in 0..<2_000 {
                        counter.add()
                        histogram.observe(seconds: number.isMultiple(of: 2) ? 0.25 : 2)
                        if number.isMultiple(of: 200) { _ = metrics.exposition() }
                    }
                }
            }
        }
        let read = try Exposition(metrics.exposition())
        #expect(read.value("a_total") == 8_000)
        #expect(read.value("b_seconds_count") == 8_000)
        #expect(read.value("b_seconds_sum") == 9_000)
        #expect(read.value("b_seconds_bucket", ["le": "1"]) == 4_000)
    }
}

@Suite
struct HistogramTests {
    @Test
    func `an observation counts in the first bucket whose bound is not below it`() throws {
        let metrics = Metrics()
        let histogram = metrics.histogram(
            "batch_rows",
            "Rows.",
            bounds: [1, 10, 100],
            labels: [("path", "copy")]
        )
        for value in [0.5, 1, 1.5, 10, 11, 100, 101, .infinity, .nan] { histogram.observe(value) }
        #expect(histogram.snapshot.counts == [2, 2, 2, 2])
        let read = try Exposition(metrics.exposition())
        let counts = ["1", "10", "100", "+Inf"].map {
            read.value("batch_rows_bucket", ["le": $0, "path": "copy"])
        }
        #expect(counts == [2, 4, 6, 8])
        #expect(read.value("batch_rows_sum", ["path": "copy"]) == .infinity)
    }

    @Test
    func `times below zero, from clocks that disagree, count as zero`() {
        let histogram = Metrics().histogram("a_seconds", "A.")
        histogram.observe(seconds: -3)
        histogram.observe(.milliseconds(250))
        #expect(histogram.snapshot.sum == 0.25)
        #expect(histogram.snapshot.counts.first == 1)
        #expect(histogram.snapshot.counts.reduce(0, +) == 2)
    }

    @Test
    func `counts from elsewhere are added up`() throws {
        let metrics = Metrics()
        metrics.collect { writer in
            writer.family("a_seconds", .histogram, "A.")
            writer.histogram(bounds: [0.5, 1], counts: [1, 2, 3], sum: 9.5)
        }
        let expected = """
            a_seconds_bucket{le="0.5"} 1
            a_seconds_bucket{le="1"} 3
            a_seconds_bucket{le="+Inf"} 6
            a_seconds_sum 9.5
            a_seconds_count 6

            """
        #expect(metrics.exposition().contains(expected))
    }
}

/// A broken invariant ends the process, with a sentence; so each of these runs in one of its own.
@Suite
struct MetricsInvariantTests {
    @Test
    func `a name with another help is refused`() async {
        await #expect(processExitsWith: .failure) {
            let metrics = Metrics()
            _ = metrics.gauge("a", "One.", labels: [("x", "1")])
            _ = metrics.gauge("a", "Other.", labels: [("x", "2")])
        }
    }

    @Test
    func `the same labels twice are refused`() async {
        await #expect(processExitsWith: .failure) {
            let metrics = Metrics()
            _ = metrics.counter("a_total", "A.", labels: [("x", "1")])
            _ = metrics.counter("a_total", "A.", labels: [("x", "1")])
        }
    }

    @Test
    func `a name that Prometheus cannot read is refused`() async {
        await #expect(processExitsWith: .failure) { _ = Metrics().gauge("a-b", "A.") }
        await #expect(processExitsWith: .failure) { _ = Metrics().gauge("1a", "A.") }
        await #expect(processExitsWith: .failure) {
            _ = Metrics().gauge("a", "A.", labels: [("le", "1")])
        }
        await #expect(processExitsWith: .failure) { _ = Metrics().counter("a", "A.") }
    }

    @Test
    func `bounds that do not rise are refused`() async {
        await #expect(processExitsWith: .failure) {
            _ = Metrics().histogram("a", "A.", bounds: [1, 1])
        }
    }

    @Test
    func `a family has one place`() async {
        await #expect(processExitsWith: .failure) {
            let metrics = Metrics()
            _ = metrics.gauge("a", "A.")
            metrics.collect { $0.family("a", .gauge, "A.") }
            _ = metrics.exposition()
        }
    }
}
