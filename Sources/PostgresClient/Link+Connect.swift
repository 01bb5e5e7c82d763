import CPostgres

extension Link {
    /// Connects to the first host that fits. Blocks for at most the connect timeout for each
    /// address, and for as long as the resolver of names takes.
    static func open(_ configuration: PostgresConfiguration) throws(PostgresError) -> Link {
        let parameters = try configuration.connectionParameters()
        guard let handle = unsafe start(parameters) else {
            throw PostgresError(.connectFailed, "out of memory")
        }
        let notices = unsafe NoticeSink.install(configuration.notice, on: handle)
        let link = unsafe Link(
            owning: handle,
            notices: notices,
            responseTimeoutMilliseconds: configuration.effectiveResponseTimeoutMilliseconds
        )
        let early = unsafe ConnectFailure(text: String(cString: PQerrorMessage(handle)))
        if early.isConfigurationMistake { throw early.error }
        // Only PQreset applies the connect timeout to each address, and only an existing PGconn
        // can be told to keep notices off stderr and to report the SQLSTATE of a failure: hence
        // an attempt that is begun, and begun again with these set.
        unsafe PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
        unsafe PQreset(handle)
        guard unsafe PQstatus(handle) == CONNECTION_OK else {
            var failure = unsafe ConnectFailure(text: String(cString: PQerrorMessage(handle)))
            failure.needsPassword = unsafe PQconnectionNeedsPassword(handle) != 0
            throw failure.error
        }
        guard unsafe PQsetnonblocking(handle, 1) == 0 else {
            throw PostgresError(.connectFailed, "the socket cannot be made non-blocking")
        }
        return link
    }

    private static func start(
        _ parameters: [(keyword: String, value: String)]
    ) -> OpaquePointer? {
        var bytes: [UInt8] = []
        var keywords: [Int] = []
        var values: [Int] = []
        for parameter in parameters {
            keywords.append(bytes.count)
            bytes += parameter.keyword.utf8
            bytes.append(0)
            values.append(bytes.count)
            bytes += parameter.value.utf8
            bytes.append(0)
        }
        return unsafe bytes.withUnsafeBytes { buffer in
            let base = unsafe buffer.bindMemory(to: CChar.self).baseAddress
            func pointers(_ offsets: [Int]) -> [UnsafePointer<CChar>?] {
                unsafe offsets.map { offset in unsafe base.map { unsafe $0 + offset } } + [nil]
            }
            return unsafe PQconnectStartParams(pointers(keywords), pointers(values), 1)
        }
    }
}
