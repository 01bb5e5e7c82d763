import CWebSockets
import Glibc

/// The listening socket inside libwebsockets. Belongs to the event loop's thread.
@safe final class ListenerHandle {
    let descriptor: Int32
    private let socket: OpaquePointer
    /// Kept free, so that a connection can be taken and closed when the process has no other left:
    /// one that waits would wake the loop again and again.
    private var spare: Int32

    init(descriptor: Int32, socket: OpaquePointer) {
        self.descriptor = descriptor
        unsafe self.socket = socket
        spare = Self.openSpare()
    }

    deinit {
        if spare >= 0 { Glibc.close(spare) }
    }

    func turnAwayOne() {
        if spare >= 0 { Glibc.close(spare) }
        let taken = accept(descriptor, nil, nil)
        if taken >= 0 { Glibc.close(taken) }
        spare = Self.openSpare()
    }

    /// Closes the descriptor at once: libwebsockets forgets a timeout of a file it destroys, so
    /// closing later could run into freed memory. Not from the listener's own callback.
    func close() {
        unsafe lws_set_timeout(socket, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_SYNC)
    }

    private static func openSpare() -> Int32 {
        unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
    }
}
