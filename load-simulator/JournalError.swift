/// A journal that cannot be kept or understood.
package enum JournalError: Error, Hashable, CustomStringConvertible {
    /// The system's error number for a file operation.
    case system(path: String, number: Int32)
    /// A new run wants a new file.
    case exists(path: String)
    /// The line, counted from 1, is not a journal's.
    case notAJournal(path: String, line: Int)

    package var description: String {
        switch self {
        case .system(let path, let number): "\(path): error \(number) of the system"
        case .exists(let path): "\(path) holds a journal already; --resume goes on in it"
        case .notAJournal(let path, let line): "\(path), line \(line): not a line of a journal"
        }
    }
}
