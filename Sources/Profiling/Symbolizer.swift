import CProfiler

/// Names of functions by their addresses in this process. It opens the program's file for each call and
/// keeps nothing, so a process that is not asked pays nothing.
package enum Symbolizer {
    /// A generic Swift function's name can go on for kilobytes.
    package static let nameBytesMax = 400

    /// For each address the name of the function it lies in, Swift's names as they are written in
    /// source, others (C++) as the linker knows them; nil where no function covers it. Any thread.
    package static func names(of addresses: [UInt64]) -> [String?] {
        symbols(of: addresses).map { $0?.readable }
    }

    /// The same with the linker's names beside them.
    static func symbols(of addresses: [UInt64]) -> [FunctionName?] {
        let own = ownNames(of: addresses)
        return addresses.map { address in
            (own[address] ?? exportedName(address)).map { name in
                FunctionName(readable: readable(name), linked: name)
            }
        }
    }

    /// Names from the program's own symbol table, which has what is not exported, too.
    private static func ownNames(of addresses: [UInt64]) -> [UInt64: String] {
        let image = profiler_executable_image()
        let range = UInt64(image.start)..<max(UInt64(image.start), UInt64(image.end))
        let own = Set(addresses.filter(range.contains)).sorted()
        guard !own.isEmpty, let table = SymbolTable(path: "/proc/self/exe") else { return [:] }
        let bias = UInt64(image.bias)
        let names = table.names(of: own.map { $0 - bias })
        var nameOfAddress: [UInt64: String] = [:]
        for (address, name) in zip(own, names) { nameOfAddress[address] = name }
        return nameOfAddress
    }

    private static func exportedName(_ address: UInt64) -> String? {
        guard let name = unsafe profiler_exported_symbol(UInt(address)) else { return nil }
        return unsafe String(cString: name)
    }

    /// The name demangled, if it is Swift's, and cut.
    private static func readable(_ name: String) -> String {
        let text = unsafe profiler_demangle_swift(name)
        defer { unsafe profiler_text_free(text) }
        guard let bytes = unsafe text.bytes else { return cut(name) }
        return cut(withoutDiscriminators(unsafe String(cString: bytes)))
    }

    /// Private names carry a hash of their file, `(name in _<32 digits>)`; only `name` is kept.
    static func withoutDiscriminators(_ name: String) -> String {
        let mark = " in _"
        let hashCount = 32
        var result = name[...]
        var searchStart = result.startIndex
        while let range = result[searchStart...].firstRange(of: mark) {
            searchStart = range.upperBound
            let rest = result[range.upperBound...]
            guard rest.prefix(hashCount).allSatisfy(\.isHexDigit),
                let end = rest.dropFirst(hashCount).first, end == ")",
                let open = result[..<range.lowerBound].lastIndex(of: "(")
            else { continue }
            let kept = result[result.index(after: open)..<range.lowerBound]
            let head = result[..<open] + kept
            result = head + rest.dropFirst(hashCount + 1)
            searchStart = result.index(result.startIndex, offsetBy: head.count)
        }
        return String(result)
    }

    private static func cut(_ name: String) -> String {
        guard name.utf8.count > nameBytesMax else { return name }
        return String(decoding: name.utf8.prefix(nameBytesMax), as: UTF8.self) + "…"
    }
}

/// A function's name twice; the same where there is nothing to demangle, or not here.
struct FunctionName: Hashable {
    let readable: String
    let linked: String
}
