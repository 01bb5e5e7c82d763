import Glibc

/// What the kernel tells about this process (proc(5), Linux). Nil is what it does not tell.
struct ProcessFigures {
    var cpuSeconds: Double
    var residentBytes: Int?
    var peakResidentBytes: Int?
    var virtualBytes: Int?
    var threads: Int?
    var openDescriptors: Int?
    /// Nil without a limit.
    var descriptorsMax: Int?

    /// More than `/proc/self/status` needs to the lines that are read here.
    private static let fileBytesMax = 16 << 10

    static func read() -> ProcessFigures {
        let status = file("/proc/self/status") ?? ""
        var limit = rlimit()
        let hasLimit =
            unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        return ProcessFigures(
            cpuSeconds: seconds(CLOCK_PROCESS_CPUTIME_ID),
            residentBytes: number("VmRSS:", in: status).map { $0 << 10 },
            peakResidentBytes: number("VmHWM:", in: status).map { $0 << 10 },
            virtualBytes: number("VmSize:", in: status).map { $0 << 10 },
            threads: number("Threads:", in: status),
            openDescriptors: openDescriptors(),
            descriptorsMax: hasLimit ? Int(exactly: limit.rlim_cur) : nil
        )
    }

    /// When this process started, seconds since 1970, by the clock as it is set now; to a hundredth
    /// of a second.
    static func startSeconds() -> Double? {
        // The second field, the name, may hold anything but ends with the last parenthesis; the
        // start, in ticks after boot, is the 20th after it.
        guard let stat = file("/proc/self/stat"), let end = stat.lastIndex(of: ")") else {
            return nil
        }
        let fields = stat[end...].split(separator: " ")
        let ticksPerSecond = sysconf(Int32(_SC_CLK_TCK))
        guard fields.count > 20, ticksPerSecond > 0, let ticks = Double(fields[20]) else {
            return nil
        }
        let bootSeconds = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME)
        return bootSeconds + ticks / Double(ticksPerSecond)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        unsafe clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The number after a line's first word.
    static func number(_ word: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split(maxSplits: 2) { $0 == " " || $0 == "\t" }
            if words.count > 1, words[0] == word { return Int(words[1]) }
        }
        return nil
    }

    private static func openDescriptors() -> Int? {
        guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(directory) }
        var count = 0
        while unsafe readdir(directory) != nil { count += 1 }
        // ".", ".." and the directory's own.
        return count - 3
    }

    private static func file(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text = ""
        let room = 4096
        var buffer = [UInt8](repeating: 0, count: room)
        while text.utf8.count < fileBytesMax {
            let count = unsafe buffer.withUnsafeMutableBytes { bytes in
                unsafe Glibc.read(descriptor, bytes.baseAddress, room)
            }
            guard count > 0 else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        return text
    }
}
