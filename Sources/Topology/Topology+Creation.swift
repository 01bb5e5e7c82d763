package import JetStream

extension Topology {
    /// Creates the streams and the consumer that are not there. What is there stays as it is.
    ///
    /// - Returns: the names of what was created.
    @discardableResult
    package func createMissing(_ manager: JetStreamManager) throws(JetStreamError) -> [String] {
        var created: [String] = []
        for stream in streams where try manager.streamInfo(stream.name) == nil {
            try manager.createStream(stream)
            created.append(stream.name)
        }
        let name = Self.betsConsumer
        if try manager.consumerInfo(stream: Self.betsStream, consumer: name) == nil {
            guard let bets = try manager.streamInfo(Self.betsStream) else {
                throw .notFound(Self.betsStream)
            }
            try manager.createConsumer(
                consumer(epoch: bets.createdNanoseconds),
                on: Self.betsStream
            )
            created.append(name)
        }
        return created
    }

    /// Changes the settings of streams that differ, as far as the server lets it. The consumer stays
    /// as it is: to make it anew would deliver everything again.
    ///
    /// - Returns: the names of the streams that were changed.
    package func updateStreams(_ manager: JetStreamManager) throws(JetStreamError) -> [String] {
        var updated: [String] = []
        for stream in streams {
            guard let info = try manager.streamInfo(stream.name) else { continue }
            guard !findings(stream: info.configuration).isEmpty else { continue }
            try manager.updateStream(stream)
            updated.append(stream.name)
        }
        return updated
    }

    /// Deletes the streams, and with them the consumer, and creates them anew: a new epoch.
    package func recreate(_ manager: JetStreamManager) throws(JetStreamError) {
        for stream in streams { try manager.deleteStream(stream.name) }
        try createMissing(manager)
    }
}
