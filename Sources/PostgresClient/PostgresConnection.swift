/// One session with Postgres.
///
/// Used by one thread at a time (not `Sendable`); its calls block that thread. After an error the
/// connection is either usable, with `transactionStatus` telling where it stands, or lost: then
/// `isUsable` is false and a new connection is due. Prepared statements belong to the connection.
package final class PostgresConnection {
    /// Statements kept prepared; further ones are planned at each call.
    package static let preparedStatementsMax = 256

    var link: Link
    var copyBuffer = CopyBuffer()
    /// A `rows` closure is running, which must not use the connection.
    var isCopying = false

    private var preparedNames: [Statement: String] = [:]
    private var statementsNamed = 0

    /// Connects. Blocks for at most the connect timeout for each address of each host.
    package init(_ configuration: PostgresConfiguration) throws(PostgresError) {
        link = try Link.open(configuration)
    }

    /// Whether the connection is there, as far as is known without asking the server.
    package var isUsable: Bool { link.isOpen }

    package var transactionStatus: TransactionStatus { link.transactionStatus }

    /// The server process that serves this session; 0 when the connection is closed.
    package var backendProcessID: Int32 { link.backendProcessID }

    /// The silence of the server after which a call gives up; 0 is never. Change it together with
    /// the session's `statement_timeout`.
    package var responseTimeoutMilliseconds: Int {
        get { link.responseTimeoutMilliseconds }
        set { link.responseTimeoutMilliseconds = newValue }
    }

    /// Hangs up; a transaction under way is rolled back by the server. May be repeated.
    package func close() { link.close() }

    /// A handle to cancel what this connection does from another thread; nil when it is closed.
    package func makeCanceller() -> PostgresCanceller? { link.makeCanceller() }

    /// Looks, without waiting, whether an idle connection was hung up on.
    func isAliveWhileIdle() -> Bool {
        transactionStatus == .idle && link.isAliveWhileIdle()
    }

    /// Runs statements separated by `;` in one round trip and returns one result for each.
    ///
    /// For text the program built from literals, integers and names of its own, never from input.
    /// The first error ends the script; outside BEGIN … COMMIT all of it is one transaction.
    package func run(_ script: String) throws(PostgresError) -> [ResultSet] {
        let wasFailed = transactionStatus == .failed
        let results = try exchange(script) { (link: inout Link) throws(PostgresError) in
            try link.send(script: script)
        }
        // COMMIT of a failed transaction is a rollback that reports success.
        if wasFailed, Self.containsCommit(script),
            results.contains(where: { $0.commandTag == "ROLLBACK" })
        {
            throw Self.notCommitted
        }
        return results
    }

    /// Runs one statement with parameters. It is prepared at its first use.
    ///
    /// Kind `retry` also stands for a plan that a schema change made stale: it is made anew at the
    /// next call.
    package func query(
        _ statement: Statement,
        _ parameters: [PostgresValue] = []
    ) throws(PostgresError) -> ResultSet {
        let block = try ParameterBlock(parameters)
        do throws(PostgresError) {
            let name = try preparedName(for: statement)
            let results = try exchange(statement.text) { (link) throws(PostgresError) in
                if let name {
                    try link.sendExecute(name: name, block)
                } else {
                    try link.send(text: statement.text, block)
                }
            }
            guard let result = results.first else {
                throw PostgresError(.usage, "a statement without a result")
            }
            return result
        } catch {
            if error.isOfStalePlan { preparedNames[statement] = nil }
            throw error
        }
    }

    /// The same for several statements in one round trip; one result for each. The first error ends
    /// the script.
    package func run(_ script: Script) throws(PostgresError) -> [ResultSet] {
        let text = try prepared(script)
        do throws(PostgresError) {
            return try run(text)
        } catch {
            forget(script, after: error)
            throw error
        }
    }

    /// The script's text, once its statements are prepared.
    func prepared(_ script: Script) throws(PostgresError) -> String {
        var names: [Statement: String] = [:]
        for statement in script.statements {
            guard let name = try preparedName(for: statement) else {
                throw PostgresError(.usage, "more prepared statements than a connection keeps")
            }
            names[statement] = name
        }
        return script.text(names)
    }

    /// Prepares the script's statements anew at their next use if the error says so.
    func forget(_ script: Script, after error: PostgresError) {
        guard error.isOfStalePlan else { return }
        for statement in script.statements { preparedNames[statement] = nil }
    }

    private func preparedName(for statement: Statement) throws(PostgresError) -> String? {
        if let name = preparedNames[statement] { return name }
        guard preparedNames.count < Self.preparedStatementsMax else { return nil }
        statementsNamed += 1
        let name = "s\(statementsNamed)"
        _ = try exchange(statement.text, isPreparing: true) { (link) throws(PostgresError) in
            try link.sendPrepare(name: name, text: statement.text)
        }
        preparedNames[statement] = name
        return name
    }

    static let notCommitted = PostgresError(
        cause: .usage,
        kind: .stop,
        sqlState: "25P02",
        message: "the transaction had failed before COMMIT and was rolled back"
    )
}

extension PostgresError {
    /// A prepared statement is gone, or what it reads has changed its shape.
    fileprivate var isOfStalePlan: Bool {
        sqlState == "26000" || sqlState == "0A000" && kind == .retry
    }
}
