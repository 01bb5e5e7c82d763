import CWebSockets
import Glibc

/// Owns what libwebsockets holds for one event loop: context, host, timer, and the C strings they
/// point to.
@safe final class LibraryContext {
    private let context: OpaquePointer
    private let host: OpaquePointer
    private let protocols: UnsafeMutablePointer<lws_protocols>
    private let name: UnsafeMutablePointer<CChar>
    private let timer: UnsafeMutablePointer<web_timer>
    private let files: [UnsafeMutablePointer<CChar>]
    private let log: Int
    let isEncrypted: Bool
    private var isDestroyed = false

    /// Time between two ticks.
    private static let tickMicroseconds: Int64 = 100_000
    /// What is read from a socket at once.
    private static let readBytesMax: UInt32 = 8 * 1024

    /// - Parameter descriptorsMax: libwebsockets allocates for as many; by default it would for
    ///   every descriptor the process may have.
    /// - Throws: `library`.
    init(
        descriptorsMax: Int,
        encryption: WebServerEncryption?,
        onError: @escaping @Sendable (String) -> Void
    ) throws(WebServerError) {
        log = LibraryLog.add(onError)
        unsafe name = strdup("web")
        isEncrypted = encryption != nil
        unsafe files = [encryption?.certificateFile, encryption?.keyFile].compactMap { path in
            unsafe path.flatMap { unsafe strdup($0) }
        }
        unsafe protocols = .allocate(capacity: 2)
        unsafe protocols.initialize(repeating: lws_protocols(), count: 2)
        unsafe protocols[0].name = UnsafePointer(name)
        unsafe protocols[0].callback = webCallback
        unsafe timer = .allocate(capacity: 1)
        unsafe timer.initialize(to: web_timer())
        var info = unsafe lws_context_creation_info()
        unsafe info.options = UInt64(
            LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_IPV6
        )
        unsafe info.port = CONTEXT_PORT_NO_LISTEN_SERVER
        unsafe info.protocols = UnsafePointer(protocols)
        unsafe info.user = UnsafeMutableRawPointer(timer)
        unsafe info.fd_limit_per_thread = UInt32(clamping: descriptorsMax)
        unsafe info.count_threads = 1
        unsafe info.pt_serv_buf_size = Self.readBytesMax
        // Not used by raw sockets; small, since it is allocated all the same.
        unsafe info.max_http_header_pool = 1
        if unsafe files.count == 2 {
            unsafe info.options |= UInt64(LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT)
            unsafe info.ssl_cert_filepath = UnsafePointer(files[0])
            unsafe info.ssl_private_key_filepath = UnsafePointer(files[1])
            unsafe info.ssl_options_set = web_tls_options()
        }
        guard let context = unsafe lws_create_context(&info) else {
            unsafe Self.free(protocols, name, timer, files)
            LibraryLog.remove(log)
            throw .library(operation: "creating the context")
        }
        guard let host = unsafe lws_create_vhost(context, &info) else {
            unsafe lws_context_destroy(context)
            unsafe Self.free(protocols, name, timer, files)
            LibraryLog.remove(log)
            throw .library(operation: "creating the host")
        }
        unsafe self.context = context
        unsafe self.host = host
    }

    deinit {
        destroy()
        unsafe Self.free(protocols, name, timer, files)
    }

    var sleeper: Mailbox.Sleeper { unsafe Mailbox.Sleeper(context: context) }

    /// Closes every socket and frees everything. Only between two turns of the loop.
    func destroy() {
        guard !isDestroyed else { return }
        isDestroyed = true
        unsafe web_timer_cancel(timer)
        unsafe lws_context_destroy(context)
        LibraryLog.remove(log)
    }

    private static func free(
        _ protocols: UnsafeMutablePointer<lws_protocols>,
        _ name: UnsafeMutablePointer<CChar>,
        _ timer: UnsafeMutablePointer<web_timer>,
        _ files: [UnsafeMutablePointer<CChar>]
    ) {
        unsafe protocols.deallocate()
        unsafe Glibc.free(name)
        unsafe timer.deallocate()
        unsafe files.forEach { unsafe Glibc.free($0) }
    }

    /// The callbacks go to `loop`, which calls `detach` before it dies.
    func attach(_ loop: EventLoop) {
        unsafe timer.pointee.owner = Unmanaged.passUnretained(loop).toOpaque()
    }

    func detach() {
        unsafe timer.pointee.owner = nil
    }

    /// Waits for sockets, the timer or a wake-up call, and handles them. False when libwebsockets
    /// gives up.
    func service() -> Bool {
        unsafe lws_service(context, 0) >= 0
    }

    /// From now on the loop is told the time.
    func startTimer() {
        unsafe web_timer_start(
            context,
            timer,
            { node in
                guard let timer = unsafe web_timer_of(node), let loop = unsafe timer.loop else {
                    return
                }
                loop.library.startTimer()
                loop.tick()
            },
            Self.tickMicroseconds
        )
    }

    /// Puts a connection into the loop, which closes its descriptor from now on, in any case.
    func adopt(_ descriptor: Int32) -> OpaquePointer? {
        let kind =
            isEncrypted
            ? lws_adoption_type(LWS_ADOPT_SOCKET.rawValue | LWS_ADOPT_ALLOW_SSL.rawValue)
            : LWS_ADOPT_SOCKET
        return unsafe web_adopt(host, kind, descriptor, name)
    }

    /// libwebsockets holds the connection until its close callback.
    func attach(_ connection: Connection, to socket: OpaquePointer) {
        unsafe lws_set_opaque_user_data(socket, Unmanaged.passRetained(connection).toOpaque())
    }

    /// Puts the listening socket into the loop, which closes its descriptor from now on.
    ///
    /// - Throws: `library`; the descriptor is closed then.
    func listen(_ descriptor: Int32) throws(WebServerError) -> ListenerHandle {
        guard let socket = unsafe web_adopt(host, LWS_ADOPT_RAW_FILE_DESC, descriptor, name) else {
            close(descriptor)
            throw .library(operation: "adopting the listening socket")
        }
        return unsafe ListenerHandle(descriptor: descriptor, socket: socket)
    }
}

extension UnsafeMutablePointer<web_timer> {
    /// Nil before the loop is attached.
    fileprivate var loop: EventLoop? {
        guard let owner = unsafe pointee.owner else { return nil }
        return unsafe Unmanaged<EventLoop>.fromOpaque(owner).takeUnretainedValue()
    }
}

/// Everything libwebsockets tells, on the loop's thread. The context's user data is the timer,
/// whose owner is the loop; a socket's is its connection.
private func webCallback(
    _ socket: OpaquePointer?,
    _ reason: lws_callback_reasons,
    _ user: UnsafeMutableRawPointer?,
    _ bytes: UnsafeMutableRawPointer?,
    _ count: Int
) -> Int32 {
    switch reason {
    case LWS_CALLBACK_RAW_RX:
        guard let connection = unsafe connection(of: socket), let bytes = unsafe bytes else {
            return 0
        }
        connection.received(
            unsafe Array(UnsafeRawBufferPointer(start: bytes, count: count))
        )
    case LWS_CALLBACK_RAW_WRITEABLE: unsafe connection(of: socket)?.flush()
    // A connection that ends within its handshake is only destroyed.
    case LWS_CALLBACK_RAW_CLOSE, LWS_CALLBACK_WSI_DESTROY:
        guard let opaque = unsafe lws_get_opaque_user_data(socket) else { return 0 }
        unsafe lws_set_opaque_user_data(socket, nil)
        let connection = unsafe Unmanaged<Connection>.fromOpaque(opaque).takeRetainedValue()
        connection.loop.connectionClosed(connection)
    case LWS_CALLBACK_RAW_RX_FILE: unsafe loop(of: socket)?.acceptAll()
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED: unsafe loop(of: socket)?.readMailbox()
    default: break
    }
    return 0
}

private func connection(of socket: OpaquePointer?) -> Connection? {
    guard let opaque = unsafe lws_get_opaque_user_data(socket) else { return nil }
    return unsafe Unmanaged<Connection>.fromOpaque(opaque).takeUnretainedValue()
}

private func loop(of socket: OpaquePointer?) -> EventLoop? {
    guard let context = unsafe lws_get_context(socket),
        let user = unsafe lws_context_user(context)
    else { return nil }
    return unsafe user.assumingMemoryBound(to: web_timer.self).loop
}
