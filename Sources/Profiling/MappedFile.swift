import Glibc

/// A file's bytes, read page by page as they are looked at; the mapping goes with the value.
/// Safe because the bytes are only lent for the time of a call.
@safe
struct MappedFile: ~Copyable {
    private let bytes: UnsafeRawBufferPointer

    /// Nil where the file cannot be mapped.
    init?(path: String) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        guard size > 0 else { return nil }
        let start = unsafe mmap(nil, size, PROT_READ, MAP_PRIVATE, file, 0)
        guard let start = unsafe start, unsafe start != MAP_FAILED else { return nil }
        unsafe bytes = UnsafeRawBufferPointer(start: start, count: size)
    }

    deinit {
        unsafe munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }

    func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        body(unsafe bytes.bytes)
    }
}
