extension MetricsWriter {
    /// A counter of one series.
    package mutating func counter(
        _ name: String,
        _ help: String,
        _ value: some FixedWidthInteger
    ) {
        family(name, .counter, help)
        sample(value)
    }

    /// A gauge of one series; without a value the family stays and its sample goes.
    package mutating func gauge(
        _ name: String,
        _ help: String,
        _ value: Double?,
        labels: [(String, String)] = []
    ) {
        family(name, .gauge, help)
        if let value { sample(value, labels: labels) }
    }
}
