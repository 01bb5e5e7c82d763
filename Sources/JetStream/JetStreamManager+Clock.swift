extension JetStreamManager {
    /// The server's clock, nanoseconds since 1970, at some moment of the call: ages are judged by
    /// it. It is told with the creation of a consumer, which is deleted at once.
    package func serverNanoseconds(stream: String) throws(JetStreamError) -> Int64 {
        var clock = ConsumerConfiguration(durable: "")
        let token = String(UInt64.random(in: .min ... .max), radix: 36)
        clock.deliverSubject = "\(connection.inboxPrefix).\(token)"
        clock.start = .new
        let info = try createEphemeralConsumer(clock, on: stream)
        // One that stays is dropped by the server after some seconds.
        _ = try? deleteConsumer(stream: stream, consumer: info.name)
        return info.createdNanoseconds
    }
}
