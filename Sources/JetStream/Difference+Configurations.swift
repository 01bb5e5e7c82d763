extension JetStreamManager {
    /// Every setting of a stream that is not as wanted, under the server's name for it.
    package static func differences(
        wanted: StreamConfiguration,
        actual: StreamConfiguration
    ) -> [Difference] {
        var list = DifferenceList()
        list.compare("name", wanted.name, actual.name)
        list.compare("subjects", wanted.subjects.sorted(), actual.subjects.sorted())
        list.compare("retention", wanted.retention, actual.retention)
        list.compare("storage", wanted.storage, actual.storage)
        list.compare("discard", wanted.discard, actual.discard)
        list.compare("num_replicas", wanted.replicas, actual.replicas)
        list.compare("max_age", wanted.maxAgeNanoseconds, actual.maxAgeNanoseconds)
        list.compareLimit("max_bytes", wanted.maxBytes, actual.maxBytes)
        list.compareLimit("max_msgs", wanted.maxMessages, actual.maxMessages)
        list.compareLimit(
            "max_msgs_per_subject",
            wanted.maxMessagesPerSubject,
            actual.maxMessagesPerSubject
        )
        list.compareLimit(
            "max_msg_size",
            Int64(wanted.maxMessageBytes),
            Int64(actual.maxMessageBytes)
        )
        list.compare(
            "duplicate_window",
            wanted.duplicateWindowNanoseconds,
            actual.duplicateWindowNanoseconds
        )
        list.compare("deny_delete", wanted.deniesDelete, actual.deniesDelete)
        list.compare("deny_purge", wanted.deniesPurge, actual.deniesPurge)
        return list.found
    }

    /// Every setting of a consumer that is not as wanted, under the server's name for it.
    package static func differences(
        wanted: ConsumerConfiguration,
        actual: ConsumerConfiguration
    ) -> [Difference] {
        var list = DifferenceList()
        list.compare("durable_name", wanted.durable, actual.durable)
        list.compare("deliver_subject", wanted.deliverSubject ?? "", actual.deliverSubject ?? "")
        list.compare("deliver_group", wanted.deliverGroup ?? "", actual.deliverGroup ?? "")
        list.compare("filter_subject", wanted.filterSubject ?? "", actual.filterSubject ?? "")
        list.compare("ack_policy", wanted.acknowledgementPolicy, actual.acknowledgementPolicy)
        list.compare("ack_wait", wanted.ackWaitMilliseconds, actual.ackWaitMilliseconds)
        list.compareLimit("max_deliver", Int64(wanted.maxDeliver), Int64(actual.maxDeliver))
        list.compareLimit(
            "max_ack_pending",
            Int64(wanted.maxAckPending),
            Int64(actual.maxAckPending)
        )
        list.compare("backoff", wanted.backoff, actual.backoff)
        list.compare("deliver_policy", wanted.start, actual.start)
        return list.found
    }
}

/// Collects differences.
private struct DifferenceList {
    var found: [Difference] = []

    mutating func compare<Value: Equatable>(_ field: String, _ wanted: Value, _ actual: Value) {
        guard wanted != actual else { return }
        found.append(Difference(field: field, wanted: "\(wanted)", actual: "\(actual)"))
    }

    /// Limits of 0 and below all mean none.
    mutating func compareLimit(_ field: String, _ wanted: Int64, _ actual: Int64) {
        compare(field, wanted > 0 ? wanted : -1, actual > 0 ? actual : -1)
    }
}
