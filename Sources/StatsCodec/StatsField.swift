import Betting
import CBetJSON

/// One value of a message, unjudged. The same holds for its bytes as for `StatsFields`.
@safe
struct StatsField {
    enum Kind { case absent, number, string, boolean, array, object, null }

    let kind: Kind
    private let bytes: UnsafeBufferPointer<UInt8>

    @unsafe
    init(_ value: bet_json_value) {
        unsafe bytes = UnsafeBufferPointer(
            start: value.bytes,
            count: value.bytes == nil ? 0 : Int(value.length)
        )
        kind =
            switch unsafe value.kind {
            case BET_JSON_NUMBER: .number
            case BET_JSON_STRING: .string
            case BET_JSON_BOOLEAN: .boolean
            case BET_JSON_ARRAY: .array
            case BET_JSON_OBJECT: .object
            case BET_JSON_NULL: .null
            default: .absent
            }
    }

    /// Insists on the kind.
    func expect(_ wanted: Kind, _ name: StatsFieldName) throws(StatsMessageError) {
        guard kind != .absent else { throw .missingField(name.rawValue) }
        guard kind == wanted else { throw .wrongType(name.rawValue) }
    }

    /// A whole number in `range`, written with digits alone.
    func integer(
        _ name: StatsFieldName,
        in range: ClosedRange<Int64>
    ) throws(StatsMessageError) -> Int64 {
        try expect(.number, name)
        guard let decimal = unsafe DecimalText(bytes.span), !decimal.hasRemainder else {
            throw .wrongType(name.rawValue)
        }
        guard
            unsafe bytes.allSatisfy({
                $0 == UInt8(ascii: "-") || $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
            })
        else { throw .wrongType(name.rawValue) }
        let text = unsafe String(decoding: bytes, as: UTF8.self)
        guard let value = Int64(text), range.contains(value) else {
            throw .outOfRange(name.rawValue)
        }
        return value
    }

    /// A number of 0 or more in units of 10⁻⁸.
    ///
    /// - Parameter isExact: false cuts further decimals off, as binary floats have them.
    func units(_ name: StatsFieldName, isExact: Bool) throws(StatsMessageError) -> Int128 {
        try expect(.number, name)
        guard let decimal = unsafe DecimalText(bytes.span) else {
            throw .wrongType(name.rawValue)
        }
        guard let whole = decimal.wholeUnits, whole <= StatsMessage.valueUnitsMax,
            !decimal.isNegative || decimal.isZero, !isExact || !decimal.hasRemainder
        else { throw .outOfRange(name.rawValue) }
        return Int128(whole)
    }

    /// A text of 1 to `bytesMax` bytes of the printable ASCII that names are made of: letters,
    /// digits and `_ . : - +`.
    func name(_ name: StatsFieldName, bytesMax: Int) throws(StatsMessageError) -> String {
        try expect(.string, name)
        guard unsafe (1...bytesMax).contains(bytes.count), unsafe bytes.allSatisfy(Self.isNameByte)
        else { throw .outOfRange(name.rawValue) }
        return unsafe String(decoding: bytes, as: UTF8.self)
    }

    /// RFC 3339 in microseconds since 1970.
    func time(_ name: StatsFieldName) throws(StatsMessageError) -> Int64 {
        try expect(.string, name)
        guard let time = unsafe Timestamp(bytes.span) else { throw .outOfRange(name.rawValue) }
        return time.microseconds
    }

    /// False when it is absent.
    func flag(_ name: StatsFieldName) throws(StatsMessageError) -> Bool {
        guard kind != .absent else { return false }
        try expect(.boolean, name)
        return unsafe bytes.first == UInt8(ascii: "t")
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: "-"), UInt8(ascii: "+"):
            true
        default: false
        }
    }
}
