import Synchronization

/// The way back to a client whose request a deferred handler took.
package final class HTTPResponder: Sendable {
    private let mailbox: Mailbox
    private let connection: UInt64
    private let exchange: UInt64
    private let isUsed = Atomic(false)

    init(mailbox: Mailbox, connection: UInt64, exchange: UInt64) {
        self.mailbox = mailbox
        self.connection = connection
        self.exchange = exchange
    }

    /// A handler that forgets the responder owes an answer all the same.
    deinit {
        respond(
            .failure(status: 500, code: "internal_error", message: "the request was not answered")
        )
    }

    /// Answers the request, from any thread. Only the first call counts; it is ignored when the
    /// client has gone or its time is over.
    package func respond(_ response: HTTPResponse) {
        guard !isUsed.exchange(true, ordering: .acquiringAndReleasing) else { return }
        mailbox.post(.respond(connection: connection, exchange: exchange, response))
    }
}
