import BetStore
import LedgerStore
import PostgresClient
import Threading

/// The thread that looks once a second whether Postgres answers and how much waits to be published,
/// and at first whether the database can be trusted with money.
final class LedgerWatch: Sendable {
    private static let every = Duration.seconds(1)

    private enum Finding {
        case good
        /// It may come, or be mended, while this process waits.
        case away(String)
        /// The settings that would lose what was committed.
        case unsafe([String])
    }

    private let bank: LedgerBank
    private let allowsUnsafe: Bool
    private let beat: @Sendable () -> Void
    private let stopping = Monitor(false)

    init(_ bank: LedgerBank, allowsUnsafe: Bool, beat: @escaping @Sendable () -> Void) {
        self.bank = bank
        self.allowsUnsafe = allowsUnsafe
        self.beat = beat
    }

    func stop() { stopping.update { $0 = true } }

    /// Blocks until it is time to stop.
    ///
    /// - Throws: `unsafeDatabase`, which only an operator can mend.
    func run() throws(WalletError) {
        var isChecked = false
        repeat {
            beat()
            switch look(isChecked: isChecked) {
            case .good:
                isChecked = true
                bank.note(problem: nil)
            case .away(let reason): bank.note(problem: reason)
            case .unsafe(let settings): throw .unsafeDatabase(settings)
            }
        } while !(stopping.wait(atMost: Self.every) { $0 ? true : nil } ?? false)
    }

    private func look(isChecked: Bool) -> Finding {
        do {
            return try bank.probe { store throws(PostgresError) in
                guard isChecked else { return try check(store.connection) }
                bank.note(outboxCount: try outboxCount(store))
                return .good
            }
        } catch {
            return .away("\(error)")
        }
    }

    /// One that cannot be counted in time is longer than its limit: nothing else is refused for it.
    private func outboxCount(_ store: LedgerStore) throws(PostgresError) -> Int {
        do throws(PostgresError) {
            return try store.outboxCount(limit: bank.outboxMax)
        } catch {
            guard LedgerBank.tookTooLong(error) else { throw error }
            return bank.outboxMax + 1
        }
    }

    private func check(_ connection: PostgresConnection) throws(PostgresError) -> Finding {
        let unsafe = try DurabilitySettings.read(from: connection).unsafe
        guard unsafe.isEmpty || allowsUnsafe else { return .unsafe(unsafe) }
        let missing = try Migrator.missing(connection)
        guard missing.isEmpty else {
            let names = missing.map { "\($0.version) (\($0.name))" }.joined(separator: ", ")
            return .away("the database lacks migration \(names): run `betctl migrate`")
        }
        return .good
    }
}
