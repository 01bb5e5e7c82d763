import Glibc

/// The files of one directory, read once at start: small pages with their scripts and styles.
///
/// Nothing outside the directory can be reached, since a request only looks up names that were read
/// at start. Links and names that begin with a dot are left out.
package struct StaticFiles: Sendable {
    struct File: Sendable {
        let body: [UInt8]
        let contentType: String
        /// In quotes, as the ETag header has it.
        let tag: String
    }

    package static let filesMax = 1_000
    package static let bytesMax = 32 * 1024 * 1024

    private var files: [String: File] = [:]
    private var bytes = 0
    private let index: String

    /// - Parameter index: what a path that ends with "/" stands for.
    /// - Throws: `unreadable` for a directory or file that cannot be read, `invalid` beyond the
    ///   limits.
    package init(directory: String, index: String = "index.html") throws(WebServerError) {
        self.index = index
        try read(directory, under: "")
    }

    func file(at path: String) -> File? {
        files[path.hasSuffix("/") ? path + index : path]
    }

    private mutating func read(_ directory: String, under prefix: String) throws(WebServerError) {
        for name in try Self.names(in: directory) where !name.hasPrefix(".") {
            let path = directory + "/" + name
            var status = stat()
            guard unsafe lstat(path, &status) == 0 else { throw Self.unreadable(path) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try read(path, under: prefix + "/" + name)
            case S_IFREG:
                let body = try Self.contents(of: path, size: Int(status.st_size))
                bytes += body.count
                guard files.count < Self.filesMax, bytes <= Self.bytesMax else {
                    throw .invalid("\(directory) holds more than a server keeps in memory")
                }
                files[prefix + "/" + name] = File(
                    body: body,
                    contentType: ContentTypes.type(of: name),
                    tag: "\"" + Digest.hexadecimal(Digest.sha1(body).prefix(12)) + "\""
                )
            default: continue
            }
        }
    }

    private static func names(in directory: String) throws(WebServerError) -> [String] {
        guard let handle = unsafe opendir(directory) else { throw unreadable(directory) }
        defer { unsafe closedir(handle) }
        var names: [String] = []
        while let entry = unsafe readdir(handle) {
            // The entry is as long as its name, not as its type: only a pointer may look at it.
            guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
            let name = unsafe (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
            names.append(unsafe String(cString: name))
        }
        return names.sorted()
    }

    private static func contents(of path: String, size: Int) throws(WebServerError) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var contents: [UInt8] = []
        contents.reserveCapacity(min(size, bytesMax))
        var chunk = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            guard count > 0 else { return contents }
            contents.append(contentsOf: chunk[..<count])
            guard contents.count <= bytesMax else { throw .invalid("\(path) is too large") }
        }
    }

    private static func unreadable(_ path: String) -> WebServerError {
        .unreadable(path: path, reason: SystemError.text(errno))
    }
}
