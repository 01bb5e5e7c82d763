/// When a stream lets go of messages.
package enum RetentionPolicy: String, Sendable {
    case limits, interest, workQueue
}

/// Where a stream keeps its messages.
package enum StorageKind: String, Sendable {
    case file, memory
}

/// What a full stream does: drop its oldest message, or refuse the new one.
package enum DiscardPolicy: String, Sendable {
    case old, new
}

/// How a stream is set up. Limits of -1 mean none, durations of 0 mean none.
package struct StreamConfiguration: Sendable, Equatable {
    package var name: String
    package var subjects: [String]
    package var retention = RetentionPolicy.limits
    package var storage = StorageKind.file
    package var discard = DiscardPolicy.old
    package var replicas = 1
    package var maxAgeNanoseconds: Int64 = 0
    package var maxBytes: Int64 = -1
    package var maxMessages: Int64 = -1
    package var maxMessagesPerSubject: Int64 = -1
    package var maxMessageBytes: Int32 = -1
    /// How long message ids are remembered; each costs the server about 300 bytes.
    package var duplicateWindowNanoseconds: Int64 = 120_000_000_000
    package var deniesDelete = false
    package var deniesPurge = false

    package init(name: String, subjects: [String]) {
        self.name = name
        self.subjects = subjects
    }
}

/// A stream as the server reports it.
package struct StreamInfo: Sendable, Equatable {
    package var configuration: StreamConfiguration
    /// When the stream was created, nanoseconds since 1970: its epoch.
    package var createdNanoseconds: Int64
    package var messages: UInt64 = 0
    package var bytes: UInt64 = 0
    package var firstSequence: UInt64 = 0
    package var lastSequence: UInt64 = 0
    /// Times of the first and last message, nanoseconds since 1970; not after 1970 when empty.
    package var firstTimeNanoseconds: Int64 = 0
    package var lastTimeNanoseconds: Int64 = 0
    /// Sequences within the stream whose messages are gone.
    package var deletedCount: UInt64 = 0
    package var consumerCount = 0

    package init(configuration: StreamConfiguration, createdNanoseconds: Int64) {
        self.configuration = configuration
        self.createdNanoseconds = createdNanoseconds
    }
}
