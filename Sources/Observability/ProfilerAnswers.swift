import Profiling
import Threading
import WebServer

/// The bodies of `/debug/pprof/`, in the forms that `go tool pprof` reads.
enum ProfilerAnswers {
    /// Names that one question may ask for.
    static let addressCountMax = 20_000

    /// The arguments, NUL between them.
    static var commandLine: HTTPResponse {
        let text = String(decoding: ProcessArguments.bytes(), as: UTF8.self)
        return .text(text.hasSuffix("\0") ? String(text.dropLast()) : text)
    }

    static func heap(_ request: HTTPRequest) -> HTTPResponse {
        answer("heap", request) { () throws(ProfilingError) in
            try HeapProfiler.sample()
        } encode: { raw throws(ProfilingError) in
            try Pprof.heap(raw)
        }
    }

    static func profile(_ request: HTTPRequest, stop: Flag) -> HTTPResponse {
        let range = ProfilerRoutes.profileSecondsRange
        let seconds =
            request.queryValue("seconds").map { Int($0) } ?? ProfilerRoutes.profileSecondsDefault
        guard let seconds, range.contains(seconds) else {
            return .failure(
                status: 400,
                code: "bad_seconds",
                message: "seconds: a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return answer("profile", request) { () throws(ProfilingError) in
            try CPUProfiler.profile(for: .seconds(seconds), stop: stop)
        } encode: { raw throws(ProfilingError) in
            try Pprof.cpu(raw)
        }
    }

    /// Lines `address TAB name` for a body `0x1+0x2…`, an address without a name left out.
    static func symbols(_ body: [UInt8]) -> HTTPResponse {
        let texts = body.split(
            separator: UInt8(ascii: "+"),
            maxSplits: addressCountMax,
            omittingEmptySubsequences: true
        )
        let addresses = texts.compactMap { address($0) }
        guard !texts.isEmpty, addresses.count == texts.count, texts.count <= addressCountMax else {
            return .failure(
                status: 400,
                code: "bad_addresses",
                message: "the body: at most \(addressCountMax) addresses, like 0x1f+0x2e"
            )
        }
        var lines = ""
        for (address, name) in zip(addresses, Symbolizer.names(of: addresses)) {
            guard let name else { continue }
            lines += "0x" + String(address, radix: 16) + "\t" + name + "\n"
        }
        return .text(lines)
    }

    private static func address(_ text: ArraySlice<UInt8>) -> UInt64? {
        let text = String(decoding: text, as: UTF8.self).filter { !$0.isWhitespace }
        guard text.hasPrefix("0x") else { return nil }
        return UInt64(text.dropFirst(2), radix: 16)
    }

    /// The profile with names, or with `debug=1` as gperftools gives it.
    private static func answer(
        _ name: String,
        _ request: HTTPRequest,
        _ record: () throws(ProfilingError) -> [UInt8],
        encode: ([UInt8]) throws(ProfilingError) -> [UInt8]
    ) -> HTTPResponse {
        do {
            let raw = try record()
            let isRawWanted = request.queryValue("debug") == "1"
            return HTTPResponse(
                contentType: "application/octet-stream",
                headers: [(name: "Content-Disposition", value: "attachment; filename=\"\(name)\"")],
                body: isRawWanted ? raw : try encode(raw)
            )
        } catch {
            return failure(error)
        }
    }

    private static func failure(_ error: ProfilingError) -> HTTPResponse {
        let (status, code) =
            switch error {
            case .notLoaded: (501, "not_loaded")
            case .busy: (409, "busy")
            case .stopped: (503, "stopped")
            case .failed: (500, "failed")
            }
        return .failure(status: status, code: code, message: error.description)
    }
}
