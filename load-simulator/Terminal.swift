import Glibc

/// Standard output and error of the process.
enum Terminal {
    /// Whether someone watches standard error.
    static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes a line to standard error.
    static func complain(_ text: String) {
        writeError(text + "\n")
    }

    /// Ends the process at once.
    static func leave(_ status: Int32) -> Never {
        _exit(status)
    }

    /// Writes to standard error as it is.
    static func writeError(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
