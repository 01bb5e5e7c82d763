import Betting
import LedgerStore
import WebServer

/// Where a list goes on: a text that only this server reads.
struct Cursor: Sendable, Equatable {
    let text: String
}

/// Lines of a list, and where the next ones are.
struct Page<Row: Sendable>: Sendable {
    let rows: [Row]
    let next: Cursor?

    /// - Parameters:
    ///   - rows: a line more than `limit` when there are more.
    ///   - cursor: names a line, for the ones behind it.
    init(_ rows: [Row], limit: Int, cursor: (Row) -> Cursor) {
        self.init(Listing(rows: rows, endedAt: nil), limit: limit, cursor: cursor)
    }

    /// As above, of a search that may have ended before the page was full: then the page is short,
    /// maybe empty, and the next one goes on behind what was looked at.
    init(_ listing: Listing<Row>, limit: Int, cursor: (Row) -> Cursor) {
        rows = Array(listing.rows.prefix(limit))
        next = (listing.rows.count > limit ? rows.last : listing.endedAt).map(cursor)
    }
}

/// The parameters of lists: `limit`, `cursor`, and a state to filter by.
struct PageQuery {
    static let limitDefault = 50
    /// A longer page is cut to this.
    static let limitMax = 100

    private let values: [String: String]

    /// - Throws: `invalidQuery` for a parameter that is unknown, or there twice.
    init(_ request: HTTPRequest, known: [String]) throws(Problem) {
        var values: [String: String] = [:]
        for (name, value) in request.query {
            guard known.contains(name) else {
                throw Problem(
                    .invalidQuery,
                    "Known here: \(known.joined(separator: ", ")).",
                    field: String(name.prefix(64))
                )
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw Problem(.invalidQuery, "\(name) is there twice.", field: name)
            }
        }
        self.values = values
    }

    /// 1 … `limitMax`.
    func limit() throws(Problem) -> Int {
        guard let text = values["limit"] else { return Self.limitDefault }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
        guard isNumber, text.contains(where: { $0 != "0" }) else {
            throw Problem(.invalidQuery, "limit must be a whole number above 0.", field: "limit")
        }
        return min(Int(text) ?? Self.limitMax, Self.limitMax)
    }

    /// A cursor that is a number.
    func number() throws(Problem) -> Int64? {
        guard let text = values["cursor"] else { return nil }
        guard let number = Int64(text), number > 0, String(number) == text else {
            throw Self.badCursor
        }
        return number
    }

    /// A cursor that is a time and a round: microseconds since 1970, a comma, the id.
    func round() throws(Problem) -> (createdAt: Timestamp, id: Identifier)? {
        guard let text = values["cursor"] else { return nil }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count == 2, let time = Int64(parts[0]), Self.times.contains(time),
            let id = Identifier(String(parts[1]))
        else { throw Self.badCursor }
        return (Timestamp(microseconds: time), id)
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(Problem) -> Choice? where Choice.RawValue == String {
        guard let text = values[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.invalidQuery, "\(name) must be one of \(words).", field: name)
        }
        return choice
    }

    private static let badCursor = Problem(
        .invalidQuery,
        "cursor must be the nextCursor of a page.",
        field: "cursor"
    )

    /// From 1970 to the year 2999.
    private static let times: ClosedRange<Int64> = 0...32_472_144_000_000_000
}
