import Testing

@testable import JetStream

@Suite
struct `Differences` {
    private static let stream = StreamConfiguration(name: "s", subjects: ["a", "b"])
    private static let consumer = ConsumerConfiguration(durable: "c")

    @Test
    func `are none between equals, whatever the order of subjects and the spelling of no limit`() {
        var actual = Self.stream
        actual.subjects = ["b", "a"]
        actual.maxMessagesPerSubject = 0
        actual.maxBytes = 0
        #expect(JetStreamManager.differences(wanted: Self.stream, actual: actual).isEmpty)
        var same = Self.consumer
        same.deliverSubject = ""
        same.maxDeliver = 0
        #expect(JetStreamManager.differences(wanted: Self.consumer, actual: same).isEmpty)
    }

    typealias StreamChange = (
        field: String, change: @Sendable (inout StreamConfiguration) -> Void
    )

    static let streamChanges: [StreamChange] = [
        ("name", { $0.name = "x" }),
        ("subjects", { $0.subjects = ["a"] }),
        ("retention", { $0.retention = .workQueue }),
        ("storage", { $0.storage = .memory }),
        ("discard", { $0.discard = .new }),
        ("num_replicas", { $0.replicas = 3 }),
        ("max_age", { $0.maxAgeNanoseconds = 1 }),
        ("max_bytes", { $0.maxBytes = 1 }),
        ("max_msgs", { $0.maxMessages = 1 }),
        ("max_msgs_per_subject", { $0.maxMessagesPerSubject = 1 }),
        ("max_msg_size", { $0.maxMessageBytes = 1 }),
        ("duplicate_window", { $0.duplicateWindowNanoseconds = 1 }),
        ("deny_delete", { $0.deniesDelete = true }),
        ("deny_purge", { $0.deniesPurge = true }),
    ]

    @Test(arguments: 0..<streamChanges.count)
    func `name the one setting of a stream that differs`(index: Int) {
        var actual = Self.stream
        Self.streamChanges[index].change(&actual)
        let found = JetStreamManager.differences(wanted: Self.stream, actual: actual)
        #expect(found.map(\.field) == [Self.streamChanges[index].field])
    }

    typealias ConsumerChange = (
        field: String, change: @Sendable (inout ConsumerConfiguration) -> Void
    )

    static let consumerChanges: [ConsumerChange] = [
        ("durable_name", { $0.durable = "x" }),
        ("deliver_subject", { $0.deliverSubject = "x" }),
        ("deliver_group", { $0.deliverGroup = "x" }),
        ("filter_subject", { $0.filterSubject = "x" }),
        ("ack_policy", { $0.acknowledgementPolicy = .none }),
        ("ack_wait", { $0.ackWaitMilliseconds = 1 }),
        ("max_deliver", { $0.maxDeliver = 5 }),
        ("max_ack_pending", { $0.maxAckPending = 5 }),
        ("backoff", { $0.backoff = [1] }),
        ("deliver_policy", { $0.start = .new }),
    ]

    @Test(arguments: 0..<consumerChanges.count)
    func `name the one setting of a consumer that differs`(index: Int) {
        var actual = Self.consumer
        Self.consumerChanges[index].change(&actual)
        let found = JetStreamManager.differences(wanted: Self.consumer, actual: actual)
        #expect(found.map(\.field) == [Self.consumerChanges[index].field])
    }

    @Test
    func `read well in a log`() {
        let difference = Difference(field: "max_deliver", wanted: "-1", actual: "5")
        #expect("\(difference)" == "max_deliver is 5, wanted -1")
    }
}
