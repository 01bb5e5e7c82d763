import Glibc

/// Structured log lines on standard error, one `write` a line, so that lines of several threads do
/// not mix. When nobody reads them any more, lines are lost, and the first one after that says how
/// many: a process must not stand still for its log.
///
/// Values are for the person woken at night: never payloads, SQL with values, or credentials.
package struct Logger: Sendable {
    /// The shape of a line.
    package enum Format: String, CaseIterable, Sendable {
        /// One JSON object a line: `time`, `level`, `process`, `message`, then the fields.
        case json
        /// `time level process: message key=value …`
        case text
    }

    /// A value beside the message.
    package typealias Fields = KeyValuePairs<String, any CustomStringConvertible & Sendable>

    package let level: LogLevel

    private let format: Format
    private let process: String

    /// - Parameter process: the name every line carries: the pod's, or the program's.
    package init(process: String, level: LogLevel = .info, format: Format = .text) {
        self.process = process
        self.level = level
        self.format = format
    }

    package func debug(_ message: String, _ fields: Fields = [:]) { log(.debug, message, fields) }

    package func info(_ message: String, _ fields: Fields = [:]) { log(.info, message, fields) }

    package func warning(_ message: String, _ fields: Fields = [:]) {
        log(.warning, message, fields)
    }

    package func error(_ message: String, _ fields: Fields = [:]) { log(.error, message, fields) }

    private func log(_ level: LogLevel, _ message: String, _ fields: Fields) {
        guard level >= self.level else { return }
        let lost = StandardError.takeLost()
        if lost > 0,
            !StandardError.write(
                line(.warning, "standard error was full; lines were lost", ["lines": lost])
            )
        {
            StandardError.countLost(lost)
        }
        if !StandardError.write(line(level, message, fields)) { StandardError.countLost() }
    }

    private func line(_ level: LogLevel, _ message: String, _ fields: Fields) -> String {
        switch format {
        case .json: jsonLine(level, message, fields) + "\n"
        case .text: textLine(level, message, fields) + "\n"
        }
    }

    private func jsonLine(_ level: LogLevel, _ message: String, _ fields: Fields) -> String {
        var json = JSONWriter()
        json.beginObject()
        json.field("time", currentTime())
        json.field("level", level.rawValue)
        json.field("process", process)
        json.field("message", message)
        for (key, value) in fields {
            if let number = value as? any FixedWidthInteger {
                json.field(key, rawNumber: number.description)
            } else {
                json.field(key, value.description)
            }
        }
        json.endObject()
        return json.text
    }

    private func textLine(_ level: LogLevel, _ message: String, _ fields: Fields) -> String {
        var line = "\(currentTime()) \(level.rawValue) \(process): \(singleLine(message))"
        for (key, value) in fields {
            let text = singleLine(value.description)
            line += text.contains(" ") ? " \(key)=\"\(text)\"" : " \(key)=\(text)"
        }
        return line
    }

    private func singleLine(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7f }) else { return text }
        let scalars = text.unicodeScalars.map { $0.isControl ? " " : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension Unicode.Scalar {
    /// Ends a line or steers a terminal.
    fileprivate var isControl: Bool {
        value < 0x20 || (0x7f...0x9f).contains(value) || value == 0x2028 || value == 0x2029
    }
}

/// Now, as RFC 3339 in UTC with milliseconds.
private func currentTime() -> String {
    var now = timespec()
    unsafe clock_gettime(CLOCK_REALTIME, &now)
    var parts = unsafe tm()
    unsafe gmtime_r(&now.tv_sec, &parts)
    func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = unsafe [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    let time = unsafe [Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec)]
    return date.map { padded($0, 2) }.joined(separator: "-") + "T"
        + time.map { padded($0, 2) }.joined(separator: ":")
        + ".\(padded(now.tv_nsec / 1_000_000, 3))Z"
}
