/// gperftools' profiles in the form that `go tool pprof` reads without asking anybody: with the names
/// of functions in it (github.com/google/pprof, proto/profile.proto, not compressed). The field
/// numbers here are that file's.
package enum Pprof {
    /// - Parameter raw: what `CPUProfiler.profile` gave in this process.
    package static func cpu(_ raw: [UInt8]) throws(ProfilingError) -> [UInt8] {
        guard let samples = StackSamples(cpu: raw) else {
            throw .failed("the CPU profile cannot be understood")
        }
        return encode(samples)
    }

    /// Counts are scaled up from the sample to the whole heap.
    ///
    /// - Parameter raw: what `HeapProfiler.sample` gave in this process.
    package static func heap(_ raw: [UInt8]) throws(ProfilingError) -> [UInt8] {
        guard let samples = StackSamples(heap: raw) else {
            throw .failed("the heap profile cannot be understood")
        }
        return encode(samples, withoutFrames: allocatorFrames)
    }

    /// Allocators are not what allocates: these frames and what they call are not shown.
    private static let allocatorFrames =
        "malloc|calloc|realloc|posix_memalign|aligned_alloc|memalign|operator new.*|tc_.*|tcmalloc::.*"
        + "|_Zn[wa].*|swift_slowAlloc.*|swift_allocObject|_swift_allocObject_.*|swift::swift_slowAlloc.*"

    private static func encode(
        _ samples: StackSamples,
        withoutFrames frames: String = ""
    ) -> [UInt8] {
        let addresses = Array(Set(samples.samples.flatMap(\.stack))).sorted()
        var locationIDs: [UInt64: UInt64] = [:]
        for (index, address) in addresses.enumerated() {
            locationIDs[address] = UInt64(index) + 1
        }
        var strings = StringTable()
        var profile = ProtobufWriter()
        for measure in samples.measures { profile.add(1) { add(measure, &strings, to: &$0) } }
        for sample in samples.samples {
            profile.add(2) { message in
                message.add(1, sample.stack.compactMap { locationIDs[$0] })
                message.add(2, sample.values.map { UInt64(bitPattern: $0) })
            }
        }
        add(samples.files, &strings, to: &profile)
        addLocations(addresses, in: samples.files, &strings, to: &profile)
        profile.add(7, strings.index(frames))
        profile.add(11) { add(samples.periodMeasure, &strings, to: &$0) }
        profile.add(12, Int(samples.period))
        for text in strings.texts { profile.add(6, bytes: Array(text.utf8)) }
        return profile.bytes
    }

    private static func add(
        _ measure: StackSamples.Measure,
        _ strings: inout StringTable,
        to message: inout ProtobufWriter
    ) {
        message.add(1, strings.index(measure.name))
        message.add(2, strings.index(measure.unit))
    }

    /// Each is said to have functions, files and lines, so that pprof does not look for them in files
    /// of the same path where it runs.
    private static func add(
        _ files: [LoadedFile],
        _ strings: inout StringTable,
        to profile: inout ProtobufWriter
    ) {
        for (index, file) in files.enumerated() {
            profile.add(3) { message in
                message.add(1, index + 1)
                message.add(2, file.addresses.lowerBound)
                message.add(3, file.addresses.upperBound)
                message.add(4, file.offset)
                message.add(5, strings.index(file.path))
                for flag in 7...10 { message.add(flag, 1) }
            }
        }
    }

    /// One location an address, one function a name.
    private static func addLocations(
        _ addresses: [UInt64],
        in files: [LoadedFile],
        _ strings: inout StringTable,
        to profile: inout ProtobufWriter
    ) {
        var functions: [FunctionName: Int] = [:]
        for (index, symbol) in Symbolizer.symbols(of: addresses).enumerated() {
            let address = addresses[index]
            let file = files.firstIndex { $0.addresses.contains(address) }
            let function = symbol.map { symbol in
                functions[symbol]
                    ?? {
                        functions[symbol] = functions.count + 1
                        return functions.count
                    }()
            }
            profile.add(4) { message in
                message.add(1, index + 1)
                message.add(2, file.map { $0 + 1 } ?? 0)
                message.add(3, address)
                if let function { message.add(4) { $0.add(1, function) } }
            }
        }
        for (symbol, id) in functions {
            profile.add(5) { message in
                message.add(1, id)
                message.add(2, strings.index(symbol.readable))
                message.add(3, strings.index(symbol.linked))
            }
        }
    }
}

/// Texts by number, as profiles refer to them. The first one is empty.
private struct StringTable {
    private(set) var texts = [""]
    private var indices = ["": 0]

    mutating func index(_ text: String) -> Int {
        if let index = indices[text] { return index }
        texts.append(text)
        indices[text] = texts.count - 1
        return texts.count - 1
    }
}
