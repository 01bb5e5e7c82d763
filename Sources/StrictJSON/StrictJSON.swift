import CBetJSON

/// Reads JSON objects of any fields with simdjson, strictly.
///
/// Owns the C reader, which is freed with it. One thread at a time.
@safe
package struct StrictJSON: ~Copyable {
    /// Members of one object, and elements of its arrays together.
    package static let membersMax = Int(OBJECT_JSON_MEMBERS_MAX)
    package static let elementsMax = Int(OBJECT_JSON_ELEMENTS_MAX)
    /// Levels of objects and arrays, the outermost one counted.
    package static let depthMax = Int(BET_JSON_DEPTH_MAX)

    private let reader: OpaquePointer

    /// - Parameter bytesMax: the longest text it takes; its memory is taken now.
    package init(bytesMax: Int) {
        guard let reader = unsafe object_json_reader_create(max(1, bytesMax)) else {
            preconditionFailure("no memory for a JSON reader")
        }
        unsafe self.reader = reader
    }

    deinit {
        unsafe object_json_reader_destroy(reader)
    }

    /// The members of one object.
    ///
    /// - Throws: what is wrong with the text; `tooMany` beyond the limits above, or 256 keys of all
    ///   objects that are open together. Behind the 64th member, or that key, nothing is judged.
    package mutating func read(_ text: RawSpan) throws(JSONError) -> JSONObject {
        let status = unsafe text.withUnsafeBytes { bytes in
            unsafe object_json_read(reader, bytes.baseAddress, bytes.count)
        }
        if let error = JSONError(status) { throw error }
        let count = unsafe Int(object_json_member_count(reader))
        let elementCount = unsafe Int(object_json_element_count(reader))
        guard count <= Self.membersMax, elementCount <= Self.elementsMax else { throw .tooMany }
        var elements: [UInt32: [JSONValue]] = [:]
        for index in 0..<UInt32(elementCount) {
            var member: UInt32 = 0
            let value = unsafe object_json_element_at(reader, index, &member)
            elements[member, default: []].append(unsafe Self.value(value, elements: []))
        }
        let members = (0..<UInt32(count)).map { index in
            let found = unsafe object_json_member_at(reader, index)
            return unsafe JSONObject.Member(
                name: Self.text(found.name),
                value: Self.value(found.value, elements: elements[index] ?? [])
            )
        }
        return JSONObject(members: members)
    }

    private static func value(_ found: bet_json_value, elements: [JSONValue]) -> JSONValue {
        switch unsafe found.kind {
        case BET_JSON_NUMBER: .number(unsafe text(found))
        case BET_JSON_STRING: .string(unsafe text(found))
        case BET_JSON_BOOLEAN: .boolean(unsafe found.length == 4)
        case BET_JSON_ARRAY: .array(elements)
        case BET_JSON_OBJECT: .object
        default: .null
        }
    }

    /// The reader has checked that it is UTF-8.
    private static func text(_ value: bet_json_value) -> String {
        unsafe String(
            decoding: UnsafeBufferPointer(start: value.bytes, count: Int(value.length)),
            as: UTF8.self
        )
    }
}
