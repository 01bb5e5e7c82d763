import CNats

extension JetStreamManager {
    /// The consumer as the server has it, nil when it or its stream is not there.
    package func consumerInfo(
        stream: String,
        consumer: String
    ) throws(JetStreamError) -> ConsumerInfo? {
        var info: UnsafeMutablePointer<jsConsumerInfo>?
        let isThere = try unsafe lookUp("consumer \(consumer) of \(stream)") { context, code in
            unsafe js_GetConsumerInfo(&info, context, stream, consumer, nil, code)
        }
        defer { unsafe jsConsumerInfo_Destroy(info) }
        guard isThere, let found = unsafe info else { return nil }
        return unsafe ConsumerInfo(found.pointee)
    }

    /// Creates a durable consumer, or changes what the server lets be changed of an existing one;
    /// what it does not is `refused`.
    @discardableResult
    package func createConsumer(
        _ configuration: ConsumerConfiguration,
        on stream: String
    ) throws(JetStreamError) -> ConsumerInfo {
        guard !configuration.durable.isEmpty else { throw .invalid("a consumer without a name") }
        return try create(configuration, on: stream)
    }

    /// Creates an ephemeral consumer that pushes. Subscribe to its deliver subject first: it begins
    /// at once.
    @discardableResult
    package func createEphemeralConsumer(
        _ configuration: ConsumerConfiguration,
        on stream: String
    ) throws(JetStreamError) -> ConsumerInfo {
        guard configuration.durable.isEmpty, configuration.deliverSubject != nil else {
            throw .invalid("an ephemeral consumer with a name or without a deliver subject")
        }
        return try create(configuration, on: stream)
    }

    private func create(
        _ configuration: ConsumerConfiguration,
        on stream: String
    ) throws(JetStreamError) -> ConsumerInfo {
        if case .time = configuration.start { throw .invalid("a consumer that starts by time") }
        let operation = "create consumer \(configuration.durable) on \(stream)"
        var info: UnsafeMutablePointer<jsConsumerInfo>?
        try unsafe call(operation) { context, code in
            unsafe configuration.withLibrary { library in
                unsafe js_AddConsumer(&info, context, stream, library, nil, code)
            }
        }
        defer { unsafe jsConsumerInfo_Destroy(info) }
        guard let created = unsafe info else {
            throw .library(operation: operation, status: 0, text: "an empty answer")
        }
        return unsafe ConsumerInfo(created.pointee)
    }

    /// Deletes a consumer; false when it was not there.
    @discardableResult
    package func deleteConsumer(
        stream: String,
        consumer: String
    ) throws(JetStreamError) -> Bool {
        try unsafe lookUp("delete consumer \(consumer) of \(stream)") { context, code in
            unsafe js_DeleteConsumer(context, stream, consumer, nil, code)
        }
    }
}
