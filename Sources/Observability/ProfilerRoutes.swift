import Profiling
import Synchronization
import Threading
package import WebServer

/// `/debug/pprof/`, as `go tool pprof` expects it. What takes time runs on a thread of its own, never
/// on the server's.
package final class ProfilerRoutes: Sendable {
    /// Seconds that a CPU profile may take, and how long it takes when nobody says.
    package static let profileSecondsRange = 1...60
    package static let profileSecondsDefault = 30
    /// Requests that may have a thread at the same time.
    package static let requestsMax = 4
    /// What a question for names may hold: pprof asks for all addresses of a profile at once, about
    /// 15 bytes each.
    package static let symbolBodyBytesMax = 256 << 10

    /// The longest profile, and time to put names into it.
    private static let answerMilliseconds = (profileSecondsRange.upperBound + 20) * 1_000

    private let stopFlag = Flag()
    private let requestCount = Atomic(0)

    package init() {}

    /// The routes, for the server of the profiler's port.
    package var routes: [HTTPRoute] {
        [
            HTTPRoute(.get, "/debug/pprof", .immediate { _ in ProfilerAnswers.index }),
            HTTPRoute(.get, "/debug/pprof/", .immediate { _ in ProfilerAnswers.index }),
            HTTPRoute(
                .get,
                "/debug/pprof/cmdline",
                .immediate { _ in ProfilerAnswers.commandLine }
            ),
            // The answer to a GET says no more than that the service exists.
            HTTPRoute(.get, "/debug/pprof/symbol", .immediate { _ in .text("num_symbols: 1\n") }),
            onThread(.post, "/debug/pprof/symbol") { ProfilerAnswers.symbols($0.body) },
            onThread(.get, "/debug/pprof/heap") { ProfilerAnswers.heap($0) },
            onThread(.get, "/debug/pprof/profile") { [stopFlag] request in
                ProfilerAnswers.profile(request, stop: stopFlag)
            },
        ]
    }

    /// Ends a CPU profile that is being taken (its client gets 503) and takes no other. Any thread.
    package func stop() { stopFlag.set() }

    private func onThread(
        _ method: HTTPMethod,
        _ path: String,
        _ answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) -> HTTPRoute {
        let handler = HTTPRoute.Handler.deferred { [self] request, responder in
            guard requestCount.add(1, ordering: .relaxed).newValue <= Self.requestsMax else {
                requestCount.subtract(1, ordering: .relaxed)
                responder.respond(
                    .failure(status: 503, code: "busy", message: "too many requests at once")
                )
                return
            }
            BlockingThread.start("profiler") { [self] in
                defer { requestCount.subtract(1, ordering: .relaxed) }
                responder.respond(answer(request))
            }
        }
        return HTTPRoute(method, path, handler, answerMilliseconds: Self.answerMilliseconds)
    }
}
