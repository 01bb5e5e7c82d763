/// One line of a publisher's journal.
enum JournalLine: Equatable {
    /// The message is about to be published.
    case attempt(id: String)
    /// The stream has it at `sequence`; `isDuplicate`: it had one of that id already, there.
    case acknowledged(id: String, epoch: Int64, sequence: Int64, isDuplicate: Bool)
    /// The stream did not take it.
    case refused(id: String)
    /// A line of another kind, for instance the one that describes the run.
    case other

    /// - Returns: nil when the line is none of a journal, for instance one that was cut off by a
    ///   crash.
    init?(_ line: [UInt8]) {
        var scanner = FlatObjectScanner(line)
        guard case .string(let kind) = scanner.value(of: "t") else { return nil }
        switch kind {
        case "try", "refused":
            guard let fields = scanner.fields(), case .string(let id) = fields["id"] else {
                return nil
            }
            self = kind == "try" ? .attempt(id: id) : .refused(id: id)
        case "ack":
            guard let fields = scanner.fields(), case .string(let id) = fields["id"],
                case .integer(let epoch) = fields["epoch"],
                case .integer(let sequence) = fields["seq"]
            else { return nil }
            let isDuplicate = fields["dup"] == .bool(true)
            self = .acknowledged(
                id: id,
                epoch: epoch,
                sequence: sequence,
                isDuplicate: isDuplicate
            )
        default:
            guard line.last == UInt8(ascii: "}") else { return nil }
            self = .other
        }
    }
}
