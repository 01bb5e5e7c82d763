import Foundation
import Telemetry
import Testing

/// Each in a process of its own, whose standard error nobody reads.
@Suite
struct FullLogTests {
    @Test
    func `a full pipe holds nobody up, and what was lost is told`() async {
        await #expect(processExitsWith: .success) {
            let pipe = UnreadPipe()
            pipe.fill()
            let logger = Logger(process: "pod")
            let took = ContinuousClock().measure {
                for line in 0..<1_000 { logger.info("lost", ["line": line]) }
            }
            // One waits; a thousand that wait would take 100 s.
            guard took < .seconds(20) else { exit(1) }
            pipe.empty()
            logger.info("seen")
            let text = pipe.empty()
            guard
                text.contains("warning pod: standard error was full; lines were lost lines=1000\n"),
                text.hasSuffix("info pod: seen\n"), text.split(separator: "\n").count == 2
            else { exit(2) }
        }
    }
}

/// Stands in for standard error of this process.
private final class UnreadPipe {
    private let reader: Int32

    init() {
        var ends: [Int32] = [0, 0]
        unsafe pipe(&ends)
        reader = ends[0]
        dup2(ends[1], STDERR_FILENO)
        close(ends[1])
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    func fill() {
        _ = fcntl(STDERR_FILENO, F_SETFL, O_NONBLOCK)
        while unsafe write(STDERR_FILENO, "x", 1) == 1 {}
        _ = fcntl(STDERR_FILENO, F_SETFL, 0)
    }

    /// Reads what is there.
    @discardableResult
    func empty() -> String {
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(reader, &buffer, buffer.count)
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += buffer[..<count]
        }
    }
}
