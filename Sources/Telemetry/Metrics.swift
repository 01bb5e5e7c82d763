import Synchronization

/// The metrics of one process. They are made once, at the start; any thread may use them and ask
/// for the exposition.
///
/// A wrong name, a name with another kind or help, or the same labels twice, is a broken invariant
/// and ends the process with a sentence. The number of series is the caller's to bound: labels have
/// closed lists of values.
package final class Metrics: Sendable {
    /// What `exposition` is written in, as a Content-Type.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private enum Instrument: Sendable {
        case counter(Counter)
        case gauge(Gauge)
        case histogram(Histogram)
    }

    private struct Family: Sendable {
        let name: String
        let kind: MetricKind
        let help: String
        var series: [(labels: [UInt8], instrument: Instrument)] = []
    }

    private struct State {
        /// In the order in which they were made.
        var families: [Family] = []
        var collectors: [@Sendable (inout MetricsWriter) -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// Makes a counter; its name ends in `_total`.
    package func counter(
        _ name: String,
        _ help: String,
        labels: [(String, String)] = []
    ) -> Counter {
        precondition(name.hasSuffix("_total"), "\(name) is a counter and does not end in _total")
        let counter = Counter()
        add(.counter(counter), name, .counter, help, labels)
        return counter
    }

    /// Makes a gauge, 0 at first.
    package func gauge(
        _ name: String,
        _ help: String,
        labels: [(String, String)] = []
    ) -> Gauge {
        let gauge = Gauge()
        add(.gauge(gauge), name, .gauge, help, labels)
        return gauge
    }

    /// Makes a histogram of times; its name ends in `_seconds`.
    package func histogram(
        _ name: String,
        _ help: String,
        boundsSeconds: [Double] = Histogram.latencyBoundsSeconds,
        labels: [(String, String)] = []
    ) -> Histogram {
        precondition(name.hasSuffix("_seconds"), "\(name) has times and does not end in _seconds")
        return histogram(name, help, bounds: boundsSeconds, labels: labels)
    }

    /// Makes a histogram of something else than times.
    package func histogram(
        _ name: String,
        _ help: String,
        bounds: [Double],
        labels: [(String, String)] = []
    ) -> Histogram {
        let histogram = Histogram(bounds: bounds)
        add(.histogram(histogram), name, .histogram, help, labels)
        return histogram
    }

    /// Adds figures that live elsewhere: `collector` writes them whenever somebody asks, on the
    /// asking thread. It must not block, and writes families no one else writes.
    package func collect(_ collector: @escaping @Sendable (inout MetricsWriter) -> Void) {
        state.withLock { $0.collectors.append(collector) }
    }

    /// All metrics in the text format 0.0.4.
    package func exposition() -> String { String(decoding: expositionBytes(), as: UTF8.self) }

    /// `exposition` as UTF-8.
    package func expositionBytes() -> [UInt8] {
        let (families, collectors) = state.withLock { ($0.families, $0.collectors) }
        var writer = MetricsWriter()
        for family in families {
            writer.family(family.name, family.kind, family.help)
            for (labels, instrument) in family.series {
                switch instrument {
                case .counter(let counter): writer.sample(String(counter.value), labels)
                case .gauge(let gauge):
                    writer.sample(MetricGrammar.text(of: gauge.value), labels)
                case .histogram(let histogram):
                    let (counts, sum) = histogram.snapshot
                    writer.histogram(bounds: histogram.bounds, counts: counts, sum: sum, labels)
                }
            }
        }
        for collector in collectors { collector(&writer) }
        return writer.finish()
    }

    private func add(
        _ instrument: Instrument,
        _ name: String,
        _ kind: MetricKind,
        _ help: String,
        _ labels: [(String, String)]
    ) {
        precondition(MetricGrammar.isMetricName(name), "\(name) cannot be the name of a metric")
        precondition(!help.isEmpty, "\(name) is not explained")
        let labels = MetricGrammar.text(of: labels)
        state.withLock { state in
            let index =
                state.families.firstIndex { $0.name == name } ?? state.families.endIndex
            if index == state.families.endIndex {
                state.families.append(Family(name: name, kind: kind, help: help))
            }
            precondition(
                state.families[index].kind == kind && state.families[index].help == help,
                "\(name) is there already, as another kind or with another help"
            )
            precondition(
                !state.families[index].series.contains { $0.labels == labels },
                "\(name)\(String(decoding: labels, as: UTF8.self)) is there already"
            )
            state.families[index].series.append((labels, instrument))
        }
    }
}
