import Glibc

/// A connection fresh from the kernel.
struct AcceptedSocket {
    enum Outcome {
        case socket(AcceptedSocket)
        /// Nobody waits.
        case none
        /// The process has no descriptor left.
        case exhausted
    }

    let descriptor: Int32
    /// Numeric; an IPv4 peer of an IPv6 socket in IPv4's form.
    let address: String

    static func accept(from listener: Int32, sendBufferBytes: Int) -> Outcome {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        while true {
            let descriptor = unsafe withUnsafeMutableBytes(of: &storage) { bytes in
                unsafe Glibc.accept(
                    listener,
                    bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self),
                    &length
                )
            }
            if descriptor >= 0 {
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                let protocolNumber = Int32(IPPROTO_TCP)
                ListeningSocket.setOption(descriptor, protocolNumber, TCP_NODELAY, 1)
                ListeningSocket.setOption(
                    descriptor,
                    SOL_SOCKET,
                    SO_SNDBUF,
                    Int32(clamping: sendBufferBytes)
                )
                return .socket(AcceptedSocket(descriptor: descriptor, address: name(of: storage)))
            }
            switch errno {
            // A peer that has gone again, or a signal: the next one may wait already.
            case EINTR, ECONNABORTED, EPROTO: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .exhausted
            default: return .none
            }
        }
    }

    private static func name(of storage: sockaddr_storage) -> String {
        var storage = storage
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = Int32(storage.ss_family)
        let offset = family == AF_INET ? 4 : 8
        _ = unsafe withUnsafeBytes(of: &storage) { bytes in
            unsafe inet_ntop(
                family,
                bytes.baseAddress.map { unsafe $0 + offset },
                &text,
                socklen_t(text.count)
            )
        }
        let name = String(
            decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        return name.hasPrefix("::ffff:") ? String(name.dropFirst(7)) : name
    }
}
