import CPostgres

/// Where the session stands, as of the last answer of the server.
package enum TransactionStatus: Sendable {
    /// No transaction.
    case idle
    /// A statement is under way.
    case active
    /// In a transaction that can go on.
    case inTransaction
    /// In a transaction that can only be rolled back.
    case failed
    /// The connection is gone.
    case unknown

    init(_ status: PGTransactionStatusType) {
        switch status {
        case PQTRANS_IDLE: self = .idle
        case PQTRANS_ACTIVE: self = .active
        case PQTRANS_INTRANS: self = .inTransaction
        case PQTRANS_INERROR: self = .failed
        default: self = .unknown
        }
    }
}
