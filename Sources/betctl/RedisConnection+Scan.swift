import RedisClient

extension RedisConnection {
    private static var scanCount: RedisArgument { 1_000 }

    /// Hands over all keys that match `pattern`, in blocks without empty ones; a key that exists
    /// throughout comes at least once.
    func scan(_ pattern: String, _ body: ([String]) throws -> Void) throws {
        var cursor = "0"
        repeat {
            let reply = try command([
                "SCAN", RedisArgument(cursor), "MATCH", RedisArgument(pattern), "COUNT",
                Self.scanCount,
            ])
            guard let parts = reply.elements, parts.count == 2, let next = parts[0].text,
                let keys = parts[1].elements
            else { throw RedisError.unexpectedReply("SCAN gave \(reply.kind)") }
            cursor = next
            if !keys.isEmpty { try body(keys.compactMap(\.text)) }
        } while cursor != "0"
    }
}
