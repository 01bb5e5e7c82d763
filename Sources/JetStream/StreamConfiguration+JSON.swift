extension StreamConfiguration {
    /// The request body of `$JS.API.STREAM.UPDATE`, for a request that is not libnats' own.
    var json: String {
        let names = subjects.map(Self.quoted).joined(separator: ",")
        return """
            {"name":\(Self.quoted(name)),"subjects":[\(names)],\
            "retention":"\(retention.rawValue.lowercased())","max_consumers":-1,\
            "max_msgs":\(maxMessages),"max_bytes":\(maxBytes),"max_age":\(maxAgeNanoseconds),\
            "max_msgs_per_subject":\(maxMessagesPerSubject),"max_msg_size":\(maxMessageBytes),\
            "discard":"\(discard.rawValue)","storage":"\(storage.rawValue)",\
            "num_replicas":\(replicas),"duplicate_window":\(duplicateWindowNanoseconds),\
            "deny_delete":\(deniesDelete),"deny_purge":\(deniesPurge)}
            """
    }

    private static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\":
                result.unicodeScalars.append("\\")
                result.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20:
                // No name or subject holds one; a server refuses the blank.
                result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
