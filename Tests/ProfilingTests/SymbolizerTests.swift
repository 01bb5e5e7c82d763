import Foundation
import TestSupport
import Testing

@testable import Profiling

/// Has an address of its own when C calls it.
private func landmark(_ number: Int32) -> Int32 { number &+ 1 }

@Suite
struct SymbolizerTests {
    private var landmarkAddress: UInt64 {
        let function: @convention(c) (Int32) -> Int32 = landmark
        return unsafe UInt64(unsafeBitCast(function, to: UInt.self))
    }

    private func address(ofExported name: String) throws -> UInt64 {
        let pointer = try unsafe #require(unsafe dlsym(nil, name))
        return UInt64(UInt(bitPattern: pointer))
    }

    @Test
    func `a function that is not exported has its Swift name`() throws {
        let name = try #require(Symbolizer.names(of: [landmarkAddress]).first ?? nil)
        #expect(name.contains("ProfilingTests.landmark("))
        #expect(name.contains("Swift.Int32"), "demangled: \(name)")
    }

    @Test
    func `a function of a shared library has its name`() throws {
        #expect(Symbolizer.names(of: [try address(ofExported: "qsort")]) == ["qsort"])
    }

    @Test
    func `names come in the order of the addresses, nil where there is no function`() throws {
        let qsort = try address(ofExported: "qsort")
        let names = Symbolizer.names(of: [.max, landmarkAddress, 0, qsort, landmarkAddress, 16])
        #expect(names.map { $0 == nil } == [true, false, true, false, false, true])
        #expect(names[1] == names[4])
        #expect(names[3] == "qsort")
        #expect(Symbolizer.names(of: []) == [])
    }

    @Test(arguments: [
        ("A.(b in _0123456789ABCDEF0123456789ABCDEF)() -> ()", "A.b() -> ()"),
        (
            "A.(B in _0123456789ABCDEF0123456789ABCDEF).(c in _0123456789ABCDEF0123456789ABCDEF)(d)",
            "A.B.c(d)"
        ),
        ("closure #1 () -> () in A.b() -> ()", "closure #1 () -> () in A.b() -> ()"),
        ("A.(b in _0123)", "A.(b in _0123)"),
        ("b in _0123456789ABCDEF0123456789ABCDEF)", "b in _0123456789ABCDEF0123456789ABCDEF)"),
        (" in _", " in _"), ("", ""),
    ])
    func `private names lose the hash of their file`(_ name: String, _ shown: String) {
        #expect(Symbolizer.withoutDiscriminators(name) == shown)
    }

    @Test
    func `a file that is not ELF, or cut, has no names`() throws {
        let directory = try TemporaryDirectory("symbols")
        let own = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/exe"))
        let head = try #require(try own.read(upToCount: 100_000))
        var wild = head.prefix(64)
        wild.replaceSubrange(40..<48, with: Array(repeating: 0xFF, count: 8))
        let contents = [Data("no such thing".utf8), head.prefix(40), head.prefix(64), head, wild]
        for (number, content) in contents.enumerated() {
            let path = directory.url.appendingPathComponent("\(number)").path
            try content.write(to: URL(fileURLWithPath: path))
            let table = SymbolTable(path: path)
            #expect(table?.names(of: [0, 0x1000, .max]) == [nil, nil, nil])
        }
        let isThere = SymbolTable(path: directory.path + "/none") != nil
        #expect(!isThere)
    }
}
