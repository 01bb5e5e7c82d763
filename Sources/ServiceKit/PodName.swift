import Glibc

/// The name of this process among its like: `POD_NAME`, else `HOSTNAME`, else the host's name.
package func podName(_ environment: Environment) throws(ConfigurationError) -> String {
    let variable = ["POD_NAME", "HOSTNAME"].first { environment.string($0) != nil } ?? "POD_NAME"
    let name = environment.string(variable) ?? hostName() ?? "backend"
    let isValid =
        (1...253).contains(name.utf8.count)
        && name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "_"):
                true
            default: false
            }
        }
    guard isValid else {
        throw ConfigurationError(
            "\(variable)=\(name): 1 to 253 letters, digits, '-', '.' and '_' are wanted"
        )
    }
    return name
}

private func hostName() -> String? {
    var bytes = [CChar](repeating: 0, count: 256)
    guard unsafe gethostname(&bytes, bytes.count - 1) == 0 else { return nil }
    let name = bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
}
