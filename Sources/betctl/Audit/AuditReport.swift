import Telemetry

/// The audit's findings about the system up to one sequence of one epoch.
struct AuditReport: Sendable {
    enum Verdict: String, Sendable {
        case clean, violated, undecided
    }

    /// When `bets_stream` was created, nanoseconds since 1970; 0 when that is not known.
    var epoch: Int64 = 0
    /// The last sequence at the time of the cut.
    var cut: Int64 = 0
    private(set) var checks: [AuditCheck] = []

    mutating func add(_ check: AuditCheck) { checks.append(check) }

    /// Violated if any check is; clean only if none is open.
    var verdict: Verdict {
        if checks.contains(where: { $0.result == .violated }) { return .violated }
        if checks.contains(where: { $0.result == .undecided }) { return .undecided }
        return .clean
    }

    var exitStatus: ExitStatus {
        switch verdict {
        case .clean: .success
        case .violated: .failure
        case .undecided: .undecided
        }
    }

    /// The checks as a table for people.
    var table: String {
        let width = checks.map(\.title.count).max() ?? 0
        var lines = ["audit of epoch \(epoch), sequences 1 to \(cut)", ""]
        for check in checks {
            lines.append(
                "  " + check.id.padded(to: 4) + " " + check.title.padded(to: width) + "  "
                    + check.result.rawValue.padded(to: 9) + "  " + check.detail
            )
        }
        lines += ["", "verdict: \(verdict.rawValue)"]
        return lines.joined(separator: "\n")
    }

    /// The same for programs, one JSON object.
    var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("verdict", verdict.rawValue)
        writer.field("exit", exitStatus.rawValue)
        writer.field("epoch", epoch)
        writer.field("cut", cut)
        writer.beginArray("checks")
        for check in checks {
            writer.beginObject()
            writer.field("id", check.id)
            writer.field("title", check.title)
            writer.field("result", check.result.rawValue)
            writer.field("detail", check.detail)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.text
    }
}

extension String {
    func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
