import CNats
import Glibc

/// Builds libnats' options and the callbacks of a connection.
enum ConnectionOptions {
    /// Runs `body` with options that carry `context` unretained. They are freed when it returns;
    /// a connection keeps a copy.
    static func with<R>(
        _ configuration: NATSConfiguration,
        servers: [String],
        context: UnsafeMutableRawPointer,
        reading: ReadingLoop?,
        _ body: (OpaquePointer) -> R
    ) throws(JetStreamError) -> R {
        var created: OpaquePointer?
        guard unsafe natsOptions_Create(&created) == NATS_OK, let options = unsafe created else {
            throw .library(operation: "connect", status: 0, text: "out of memory")
        }
        defer { unsafe natsOptions_Destroy(options) }
        var status = NATS_OK
        func set(_ result: natsStatus) {
            if status == NATS_OK { status = result }
        }
        unsafe withCStrings(servers) { array in
            var pointers = unsafe array
            unsafe set(natsOptions_SetServers(options, &pointers, Int32(servers.count)))
        }
        unsafe setTimes(of: options, configuration, set)
        unsafe set(natsOptions_SetName(options, configuration.name))
        unsafe set(natsOptions_SetCustomInboxPrefix(options, configuration.inboxPrefix))
        unsafe set(
            natsOptions_SetFailRequestsOnDisconnect(options, configuration.failRequestsOnDisconnect)
        )
        unsafe setCallbacks(of: options, context, set)
        if let reading {
            unsafe set(natsOptions_SetAllowReconnect(options, false))
            unsafe set(reading.take(options))
        }
        guard status == NATS_OK else {
            throw .invalid("the NATS settings (\(LastError.text(status)))")
        }
        if let tls = configuration.tls { try unsafe encrypt(options, tls) }
        return unsafe body(options)
    }

    /// The files are read now.
    private static func encrypt(
        _ options: OpaquePointer,
        _ tls: NATSEncryption
    ) throws(JetStreamError) {
        func check(_ status: natsStatus, _ what: String) throws(JetStreamError) {
            guard status != NATS_OK else { return }
            throw .invalid("\(what) (\(LastError.text(status)))")
        }
        try check(unsafe natsOptions_SetSecure(options, true), "TLS")
        if let file = tls.authorityFile {
            let status = unsafe natsOptions_LoadCATrustedCertificates(options, file)
            try check(status, "the authorities in \(file)")
        }
        if let certificate = tls.certificateFile, let key = tls.keyFile {
            let status = unsafe natsOptions_LoadCertificatesChain(options, certificate, key)
            try check(status, "the certificate in \(certificate) with the key in \(key)")
        }
    }

    private static func setTimes(
        of options: OpaquePointer,
        _ configuration: NATSConfiguration,
        _ set: (natsStatus) -> Void
    ) {
        let writeDeadline = Int64(configuration.writeDeadlineMilliseconds)
        let pingInterval = Int64(configuration.pingIntervalSeconds) * 1_000
        unsafe set(
            natsOptions_SetTimeout(options, Int64(configuration.connectTimeoutMilliseconds))
        )
        unsafe set(natsOptions_SetWriteDeadline(options, writeDeadline))
        unsafe set(natsOptions_SetPingInterval(options, pingInterval))
        unsafe set(natsOptions_SetMaxPingsOut(options, Int32(configuration.pingsOutstandingMax)))
        unsafe set(natsOptions_SetIOBufSize(options, Int32(configuration.bufferBytes)))
        unsafe set(natsOptions_SetAllowReconnect(options, true))
        unsafe set(natsOptions_SetMaxReconnect(options, -1))
        unsafe set(
            natsOptions_SetReconnectBufSize(options, Int32(configuration.reconnectBufferBytes))
        )
    }

    private static func setCallbacks(
        of options: OpaquePointer,
        _ context: UnsafeMutableRawPointer,
        _ set: (natsStatus) -> Void
    ) {
        unsafe set(natsOptions_SetDisconnectedCB(options, onDisconnected, context))
        unsafe set(natsOptions_SetReconnectedCB(options, onReconnected, context))
        unsafe set(natsOptions_SetClosedCB(options, onClosed, context))
        unsafe set(natsOptions_SetLameDuckModeCB(options, onLameDuck, context))
        unsafe set(natsOptions_SetErrorHandler(options, onError, context))
        unsafe set(natsOptions_SetCustomReconnectDelay(options, onReconnectDelay, context))
    }

    private static let onDisconnected: natsConnectionHandler = { _, closure in
        unsafe context(closure)?.didDisconnect()
    }

    private static let onReconnected: natsConnectionHandler = { connection, closure in
        let context = unsafe context(closure)
        let server = unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            unsafe buffer.initialize(repeating: 0)
            guard
                let start = buffer.baseAddress,
                unsafe natsConnection_GetConnectedUrl(connection, start, 256) == NATS_OK
            else { return "" }
            return unsafe String(cString: start)
        }
        // A URL may carry credentials.
        let address = server.split(separator: "@").last.map(String.init) ?? server
        unsafe context?.didReconnect(server: address, serverCount: serverCount(connection))
    }

    private static let onClosed: natsConnectionHandler = { _, closure in
        guard let closure = unsafe closure else { return }
        // The last callback: the connection's retain ends here.
        unsafe Unmanaged<ConnectionContext>.fromOpaque(closure).takeRetainedValue().didClose()
    }

    private static let onLameDuck: natsConnectionHandler = { _, closure in
        unsafe context(closure)?.didReceive(.lameDuck)
    }

    private static let onError: natsErrHandler = { _, subscription, status, closure in
        let event: ConnectionEvent
        switch status {
        case NATS_NOT_PERMITTED:
            event = .permissionViolation(LastError.text(status))
        case NATS_SLOW_CONSUMER:
            let subject = unsafe natsSubscription_GetSubject(subscription)
            event = .slowConsumer(subject: unsafe subject.map { unsafe String(cString: $0) } ?? "")
        default:
            event = .asyncError(LastError.text(status))
        }
        unsafe context(closure)?.didReceive(event)
    }

    private static let onReconnectDelay: natsCustomReconnectDelayHandler = { _, _, closure in
        unsafe context(closure)?.reconnectDelayMilliseconds() ?? 1_000
    }

    private static func context(_ closure: UnsafeMutableRawPointer?) -> ConnectionContext? {
        unsafe closure.map {
            unsafe Unmanaged<ConnectionContext>.fromOpaque($0).takeUnretainedValue()
        }
    }

    /// How many servers the connection knows, those it learned from the cluster included.
    static func serverCount(_ connection: OpaquePointer?) -> Int {
        var servers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        var count: Int32 = 0
        guard
            unsafe natsConnection_GetServers(connection, &servers, &count) == NATS_OK,
            let list = unsafe servers
        else { return 1 }
        for index in 0..<Int(count) { unsafe free(list[index]) }
        unsafe free(list)
        return Int(count)
    }
}
