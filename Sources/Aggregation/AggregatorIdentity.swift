/// Which aggregator speaks.
package struct AggregatorIdentity: Sendable {
    package let podID: String
    package let build: String
    /// Microseconds since 1970.
    package let startedAt: Int64

    package init(podID: String, build: String, startedAt: Int64) {
        self.podID = podID
        self.build = build
        self.startedAt = startedAt
    }
}
