import Glibc
package import WebServer

/// Where the pages' files are.
package enum DashboardFiles {
    private static let name = "dashboard"

    /// Those of `directory`; without one those of `dashboard` in the working directory, else beside
    /// the executable. Nil where there are none.
    ///
    /// - Throws: for a directory that was named and cannot be read.
    package static func find(_ directory: String?) throws(WebServerError) -> StaticFiles? {
        if let directory { return try StaticFiles(directory: directory) }
        for candidate in [name, besideExecutable].compactMap(\.self)
        where isDirectory(candidate) {
            return try StaticFiles(directory: candidate)
        }
        return nil
    }

    private static var besideExecutable: String? {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe readlink("/proc/self/exe", &bytes, bytes.count - 1)
        guard count > 0 else { return nil }
        let path = String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        return path.lastIndex(of: "/").map { path[...$0] + name }
    }

    private static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }
}
