import CPostgres

/// Hands libpq's notices to the configuration's handler, so that nothing reaches stderr.
///
/// libpq holds one retained reference as the callback's context; `Link` releases it after
/// `PQfinish`, when libpq can call no more.
final class NoticeSink {
    private let handler: @Sendable (PostgresNotice) -> Void

    init(_ handler: @escaping @Sendable (PostgresNotice) -> Void) { self.handler = handler }

    /// Registers the sink with `connection`. The caller releases what is returned.
    static func install(
        _ handler: @escaping @Sendable (PostgresNotice) -> Void,
        on connection: OpaquePointer
    ) -> Unmanaged<NoticeSink> {
        let sink = unsafe Unmanaged.passRetained(NoticeSink(handler))
        unsafe PQsetNoticeReceiver(
            connection,
            { context, result in
                guard let context = unsafe context, let result = unsafe result else { return }
                unsafe Unmanaged<NoticeSink>.fromOpaque(context).takeUnretainedValue()
                    .receive(result)
            },
            sink.toOpaque()
        )
        return unsafe sink
    }

    /// `result` stays libpq's; it is gone when this returns.
    private func receive(_ result: OpaquePointer) {
        func field(_ code: Unicode.Scalar) -> String {
            guard let text = unsafe PQresultErrorField(result, Int32(code.value)) else { return "" }
            return unsafe String(cString: text)
        }
        handler(
            PostgresNotice(severity: field("V"), sqlState: field("C"), message: field("M"))
        )
    }
}
