import Glibc

/// The symbol table of an ELF file (System V ABI, chapters 4 and 5): names of all its functions, also of
/// those that are not exported. Nothing is copied; what does not fit the file is not there.
struct SymbolTable: ~Copyable {
    private let file: MappedFile

    /// Nil where there is no such file.
    init?(path: String) {
        guard let file = MappedFile(path: path) else { return nil }
        self.file = file
    }

    /// For each address the name of the function that covers it, nil where none does. One pass over the
    /// table, whatever the number of addresses.
    ///
    /// - Parameter addresses: as in the file, ascending.
    func names(of addresses: [UInt64]) -> [String?] {
        file.withBytes { bytes in
            guard let sections = Self.sections(bytes) else {
                return Array(repeating: nil, count: addresses.count)
            }
            let symbols = bytes.extracting(sections.symbols)
            let strings = bytes.extracting(sections.strings)
            return Self.nameOffsets(of: addresses, in: symbols).map { offset in
                offset.flatMap { Self.text(at: Int($0), in: strings) }
            }
        }
    }

    /// Where the table's symbols and their names are; nil when the file was stripped.
    private static func sections(
        _ bytes: RawSpan
    ) -> (symbols: Range<Int>, strings: Range<Int>)? {
        guard let header: Elf64_Ehdr = load(bytes, at: 0), header.e_ident.0 == 0x7F else {
            return nil
        }
        func section(_ index: Int) -> Elf64_Shdr? {
            guard index < header.e_shnum, header.e_shoff < bytes.byteCount else { return nil }
            return load(bytes, at: Int(header.e_shoff) + index * Int(header.e_shentsize))
        }
        for index in 0..<Int(header.e_shnum) {
            guard let symbols = section(index), symbols.sh_type == UInt32(SHT_SYMTAB) else {
                continue
            }
            guard let strings = section(Int(symbols.sh_link)),
                let symbolRange = range(of: symbols, in: bytes),
                let stringRange = range(of: strings, in: bytes)
            else { return nil }
            return (symbolRange, stringRange)
        }
        return nil
    }

    private static func range(of section: Elf64_Shdr, in bytes: RawSpan) -> Range<Int>? {
        guard let start = Int(exactly: section.sh_offset),
            let count = Int(exactly: section.sh_size),
            start <= bytes.byteCount, count <= bytes.byteCount - start
        else { return nil }
        return start..<start + count
    }

    private static func nameOffsets(of addresses: [UInt64], in symbols: RawSpan) -> [UInt32?] {
        var offsets = [UInt32?](repeating: nil, count: addresses.count)
        for start in stride(from: 0, to: symbols.byteCount, by: MemoryLayout<Elf64_Sym>.stride) {
            guard let symbol: Elf64_Sym = load(symbols, at: start) else { break }
            guard symbol.st_info & 0xF == UInt8(STT_FUNC), symbol.st_shndx != 0 else { continue }
            var index = firstIndex(in: addresses, notBelow: symbol.st_value)
            while index < addresses.count, addresses[index] - symbol.st_value < symbol.st_size {
                offsets[index] = offsets[index] ?? symbol.st_name
                index += 1
            }
        }
        return offsets
    }

    private static func firstIndex(in addresses: [UInt64], notBelow bound: UInt64) -> Int {
        var low = 0
        var high = addresses.count
        while low < high {
            let middle = (low + high) / 2
            if addresses[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func text(at offset: Int, in strings: RawSpan) -> String? {
        guard offset < strings.byteCount else { return nil }
        return unsafe strings.extracting(offset...).withUnsafeBytes { bytes in
            guard let end = unsafe bytes.firstIndex(of: 0) else { return nil }
            return unsafe String(decoding: bytes[..<end], as: UTF8.self)
        }
    }

    /// The bytes at an offset as a C structure, nil where they are not all there.
    private static func load<Value: BitwiseCopyable>(_ bytes: RawSpan, at offset: Int) -> Value? {
        guard offset >= 0, offset <= bytes.byteCount - MemoryLayout<Value>.size else { return nil }
        return unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: Value.self)
    }
}
