/// One connection to Redis. Blocks the calling thread; used by one thread at a time.
///
/// After a timeout, a broken connection or an answer that is no Redis protocol the connection is
/// closed for good and every later call throws `connectionLost`: a reply that comes late must never
/// be taken for the next command's.
package final class RedisConnection {
    private let configuration: RedisConfiguration
    private var context: HiredisContext?
    private var request = RequestBuffer()
    private var digests: [Int: [UInt8]] = [:]

    /// Connects, authenticates and selects the database.
    ///
    /// - Throws: `cannotConnect`; `server` for a wrong password or database; `timeout`.
    package init(_ configuration: RedisConfiguration) throws(RedisError) {
        self.configuration = configuration
        self.context = try HiredisContext(configuration)
        if let password = configuration.password {
            let name = configuration.user.map { [RedisArgument($0)] } ?? []
            _ = try command(["AUTH"] + name + [RedisArgument(password)])
        }
        if configuration.database != 0 {
            _ = try command(["SELECT", RedisArgument(configuration.database)])
        }
    }

    /// Whether calls still have a chance.
    package var isUsable: Bool { context != nil }

    /// Closes the connection; later calls throw `connectionLost`.
    package func close() {
        context = nil
    }

    /// Runs one command and returns its reply; an error reply is thrown as `server`.
    package func command(_ arguments: [RedisArgument]) throws(RedisError) -> RedisValue {
        request.reset()
        request.append(arguments)
        return try soleReply()
    }

    /// Sends all commands at once and returns one reply for each, in order. Error replies stand in
    /// the result as `.error`: the other commands have run. The time limit is for the whole, so the
    /// caller keeps pipelines to what Redis does well within it.
    package func pipeline(_ commands: [[RedisArgument]]) throws(RedisError) -> [RedisValue] {
        request.reset()
        for command in commands { request.append(command) }
        return try exchange(replyCount: commands.count)
    }

    /// Runs a script by its digest; where Redis does not know it any more (a restart, SCRIPT FLUSH)
    /// by its source.
    package func evaluate(
        _ script: RedisScript,
        keys: [RedisArgument],
        arguments: [RedisArgument]
    ) throws(RedisError) -> RedisValue {
        let digest = try self.digest(of: script)
        do {
            return try evaluate("EVALSHA", digest, keys, arguments)
        } catch .server(code: "NOSCRIPT", _) {
            return try evaluate("EVAL", script.source, keys, arguments)
        }
    }

    private func evaluate(
        _ name: RedisArgument,
        _ script: [UInt8],
        _ keys: [RedisArgument],
        _ arguments: [RedisArgument]
    ) throws(RedisError) -> RedisValue {
        request.reset()
        request.beginCommand(argumentCount: 3 + keys.count + arguments.count)
        request.append(name)
        request.append(.bytes(script))
        request.append(.integer(Int64(keys.count)))
        for key in keys { request.append(key) }
        for argument in arguments { request.append(argument) }
        return try soleReply()
    }

    private func digest(of script: RedisScript) throws(RedisError) -> [UInt8] {
        if let known = digests[script.identity] { return known }
        let reply = try command(["SCRIPT", "LOAD", .bytes(script.source)])
        guard case .string(let digest) = reply else {
            throw .unexpectedReply("SCRIPT LOAD gave \(reply.kind)")
        }
        digests[script.identity] = digest
        return digest
    }

    private func soleReply() throws(RedisError) -> RedisValue {
        guard let reply = try exchange(replyCount: 1).first else { throw .connectionLost }
        if let error = reply.serverError { throw error }
        return reply
    }

    private func exchange(replyCount: Int) throws(RedisError) -> [RedisValue] {
        guard let context else { throw .connectionLost }
        do {
            return try context.exchange(
                request.bytes,
                replyCount: replyCount,
                timeoutMilliseconds: configuration.commandTimeoutMilliseconds
            )
        } catch {
            close()
            throw error
        }
    }
}
