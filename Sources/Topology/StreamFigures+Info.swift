package import JetStream
package import Observability

extension StreamFigures {
    /// As the server said.
    package init(_ info: StreamInfo) {
        self.init(
            name: info.configuration.name,
            messages: info.messages,
            bytes: info.bytes,
            limitBytes: info.configuration.maxBytes,
            firstSequence: info.firstSequence,
            lastSequence: info.lastSequence
        )
    }
}

extension ConsumerFigures {
    /// As the server said.
    package init(_ info: ConsumerInfo, of stream: String) {
        self.init(
            stream: stream,
            name: info.configuration.durable,
            pending: info.pending,
            ackPending: info.ackPending,
            redelivered: info.redelivered,
            delivered: Position(info.delivered),
            ackFloor: Position(info.ackFloor)
        )
    }
}

extension ConsumerFigures.Position {
    fileprivate init(_ position: ConsumerInfo.Position) {
        self.init(
            consumerSequence: position.consumerSequence,
            streamSequence: position.streamSequence
        )
    }
}
