/// What a metric is, in the words of the exposition format.
package enum MetricKind: String, Sendable {
    /// Only grows; starts anew with the process.
    case counter
    /// Goes up and down.
    case gauge
    /// Counts of observations below bounds, with their number and sum.
    case histogram
}
