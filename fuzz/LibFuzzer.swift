import Glibc

/// What libFuzzer calls with every input it thinks of; `FUZZ_TARGET` names the reader. Not part of
/// the package: `fuzz/run` compiles it.
private let target: FuzzTarget = {
    let name = unsafe getenv("FUZZ_TARGET").map { unsafe String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
        print("FUZZ_TARGET is one of: \(names)")
        exit(EX_USAGE)
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
func takeInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    target.take(unsafe Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
