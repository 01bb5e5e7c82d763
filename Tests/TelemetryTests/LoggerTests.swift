import Foundation
import Synchronization
import Telemetry
import Testing

@Suite(.serialized)
struct LoggerTests {
    private let time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/

    @Test
    func `a text line says time, level, process, message and fields`() throws {
        let lines = StandardError.lines(tag: "pod-text") {
            Logger(process: "pod-text").warning(
                "half full",
                ["share": 0.5, "of": "the queue", "count": 3]
            )
        }
        let line = try #require(lines.first)
        #expect(line.prefixMatch(of: time) != nil)
        #expect(
            line.hasSuffix("Z warning pod-text: half full share=0.5 of=\"the queue\" count=3")
        )
    }

    @Test
    func `a JSON line is one object, numbers as numbers`() throws {
        let lines = StandardError.lines(tag: "pod-json") {
            Logger(process: "pod-json", format: .json).error(
                "a \"quoted\"\nmessage",
                ["big": Int64.max, "text": "tab\t\u{1}\\ü", "yes": true]
            )
        }
        let line = try #require(lines.first)
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        )
        #expect((object["time"] as? String)?.wholeMatch(of: time) != nil)
        #expect(object["level"] as? String == "error")
        #expect(object["process"] as? String == "pod-json")
        #expect(object["message"] as? String == "a \"quoted\"\nmessage")
        #expect(line.contains("\"big\":9223372036854775807"))
        #expect(object["text"] as? String == "tab\t\u{1}\\ü")
    }

    @Test
    func `less than the level is not written`() {
        let lines = StandardError.lines(tag: "pod-level") {
            let logger = Logger(process: "pod-level", level: .warning)
            logger.debug("1")
            logger.info("2")
            logger.warning("3")
            logger.error("4")
        }
        #expect(lines.map { $0.suffix(1) } == ["3", "4"])
    }

    @Test
    func `whatever a value holds, its line stays one line and steers no terminal`() throws {
        let lines = StandardError.lines(tag: "pod-one") {
            Logger(process: "pod-one").info(
                "a\r\nb\u{2028}c",
                ["v": "x\n\u{1b}[31my\u{0}\u{85}\u{7f}z", "u": "ü🎲"]
            )
        }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.hasSuffix("pod-one: a  b c v=\"x  [31my   z\" u=ü🎲"))
    }

    @Test
    func `lines of many threads do not mix`() async {
        let lines = await StandardError.lines(tag: "pod-many") {
            await withTaskGroup { group in
                for thread in 0..<4 {
                    group.addTask {
                        let logger = Logger(process: "pod-many")
                        for line in 0..<50 { logger.info("m", ["t": thread, "l": line]) }
                    }
                }
            }
        }
        let ends = Set(lines.map { $0.drop { $0 != "m" } })
        #expect(lines.count == 200)
        #expect(ends.count == 200)
    }
}

/// What this process writes to standard error for a while. Lines without the tag belong to others
/// and are passed on.
private enum StandardError {
    static func lines(tag: String, _ body: () -> Void) -> [String] {
        let capture = Capture()
        body()
        return capture.end(tag)
    }

    static func lines(tag: String, _ body: () async -> Void) async -> [String] {
        let capture = Capture()
        await body()
        return capture.end(tag)
    }

    private final class Capture {
        private let saved = dup(STDERR_FILENO)
        private let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("betting-log-\(UUID().uuidString)")

        init() {
            _ = FileManager.default.createFile(atPath: file.path, contents: nil)
            let descriptor = unsafe open(file.path, O_WRONLY | O_APPEND)
            dup2(descriptor, STDERR_FILENO)
            close(descriptor)
        }

        func end(_ tag: String) -> [String] {
            dup2(saved, STDERR_FILENO)
            close(saved)
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            try? FileManager.default.removeItem(at: file)
            var lines: [String] = []
            for line in text.split(separator: "\n") {
                if line.contains(tag) {
                    lines.append(String(line))
                } else {
                    FileHandle.standardError.write(Data((line + "\n").utf8))
                }
            }
            return lines
        }
    }
}
