import Profiling
import WebServer

extension ProfilerAnswers {
    /// What there is and how it is read, for a person.
    static var index: HTTPResponse {
        let state =
            ProfilerBootstrap.isLoaded
            ? "" : "<p><strong>\(ProfilingError.notLoaded)</strong></p>\n"
        return HTTPResponse(
            contentType: "text/html; charset=utf-8",
            body: Array((head + state + list).utf8)
        )
    }

    private static let head = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Profiles</title></head><body>
        <h1>Profiles</h1>

        """

    private static let list = """
        <ul>
        <li><a href="/debug/pprof/heap">heap</a>: what is held in memory, sampled, by allocating function</li>
        <li><a href="/debug/pprof/profile?seconds=5">profile?seconds=5</a>: where processor time goes,
        1 to 60 seconds, one profile at a time</li>
        <li><a href="/debug/pprof/cmdline">cmdline</a>: the program and its arguments</li>
        <li><a href="/debug/pprof/symbol">symbol</a>: names of functions, asked by POST</li>
        </ul>
        <p>Read them with Go's pprof, which asks <code>symbol</code> for the names:</p>
        <pre>go tool pprof -top http://HOST:PORT/debug/pprof/heap
        go tool pprof -top "http://HOST:PORT/debug/pprof/profile?seconds=5"
        go tool pprof -http=: "http://HOST:PORT/debug/pprof/profile?seconds=30"</pre>
        </body></html>

        """
}
