import Glibc
import ServiceKit
import WebServer

/// Where the dashboard's files are.
enum DashboardFiles {
    private static let name = "dashboard"

    /// Those of `directory`; without one those of `dashboard` in the working directory, else beside
    /// the executable. Nil where there are none.
    ///
    /// - Throws: for a directory that cannot be read.
    static func find(_ directory: String?) throws(ConfigurationError) -> StaticFiles? {
        let found =
            directory ?? [name, besideExecutable].compactMap(\.self).first(where: isDirectory)
        guard let found else { return nil }
        do {
            return try StaticFiles(directory: found)
        } catch {
            throw ConfigurationError("DASHBOARD_DIR=\(found): \(error)")
        }
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
