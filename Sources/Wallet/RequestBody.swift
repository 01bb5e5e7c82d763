import Betting
import StrictJSON
import WebServer

/// The fields of a request's body, taken one by one; what nobody took is unknown.
struct RequestBody {
    /// As the server takes them.
    static let bytesMax = 16 * 1_024

    private let object: JSONObject

    /// - Throws: `unsupportedMediaType`, `malformed`, `unknownField`.
    init(_ request: HTTPRequest, fields: [String]) throws(Problem) {
        let types = request.headers("Content-Type")
        guard types.count == 1, Self.isJSON(types.first) else {
            throw Problem(.unsupportedMediaType)
        }
        var reader = StrictJSON(bytesMax: max(1, request.body.count))
        do throws(JSONError) {
            object = try unsafe reader.read(request.body.span.bytes)
        } catch {
            throw Problem(.malformed, "The body is \(error).")
        }
        for member in object.members where !fields.contains(member.name) {
            throw Problem(
                .unknownField,
                "Known here: \(fields.joined(separator: ", ")).",
                field: Self.shown(member.name)
            )
        }
    }

    /// A type with parameters is `application/json` too; UTF-8 is the only charset of JSON.
    private static func isJSON(_ header: String?) -> Bool {
        guard let header else { return false }
        let parts = header.lowercased().split(separator: ";").map { part in
            part.filter { $0 != " " && $0 != "\t" }
        }
        guard parts.first == "application/json" else { return false }
        return parts.dropFirst().allSatisfy { part in
            !part.hasPrefix("charset=") || ["charset=utf-8", "charset=\"utf-8\""].contains(part)
        }
    }

    /// A name that goes back to whoever sent it, cut.
    private static func shown(_ name: String) -> String { String(name.prefix(64)) }

    private func value(_ name: String) throws(Problem) -> JSONValue {
        guard let value = object[name] else { throw Problem(.missingField, field: name) }
        return value
    }

    private func invalid(_ name: String, _ wanted: String) -> Problem {
        Problem(.invalidField, "\(name) must be \(wanted).", field: name)
    }

    /// 1–64 characters of a game's id.
    func identifier(_ name: String) throws(Problem) -> Identifier {
        guard case .string(let text) = try value(name), let identifier = Identifier(text) else {
            throw invalid(name, "a string of 1 to 64 letters, digits, _ . : or -")
        }
        return identifier
    }

    /// One of a few words.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String
    ) throws(Problem) -> Choice where Choice.RawValue == String {
        guard case .string(let text) = try value(name), let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw invalid(name, "one of \(words)")
        }
        return choice
    }

    /// 1 … 2⁶³−1, a whole number as it is usually written.
    func userID(_ name: String) throws(Problem) -> Int64 {
        guard case .number(let text) = try value(name), let userID = Int64(text), userID > 0 else {
            throw invalid(name, "a whole number from 1 to 2^63-1")
        }
        return userID
    }

    /// A number, or the same as a string, judged by its exact decimal value.
    ///
    /// - Throws: `amountRange`, `amountPrecision`, `invalidField`, `missingField`.
    func amount(_ name: String, max: Money) throws(Problem) -> Money {
        let text: String
        switch try value(name) {
        case .number(let number): text = number
        case .string(let string): text = string
        default: throw invalid(name, "a decimal number, or one in a string")
        }
        do {
            return try BetLimits(maxAmount: max).amount(text.utf8.span)
        } catch {
            switch error {
            case .amountRange:
                throw Problem(
                    .amountRange,
                    "\(name) must be above 0 and at most \(max).",
                    field: name
                )
            case .amountPrecision: throw Problem(.amountPrecision, field: name)
            default: throw invalid(name, "a decimal number, or one in a string")
            }
        }
    }
}
