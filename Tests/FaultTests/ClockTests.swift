import EngineHarness
import Foundation
import TestSupport
import Testing

extension Faults {
    /// Pods and publishers whose clocks are wrong: nothing is decided by them.
    @Suite struct ClockTests {
        private static let rate = 1_000
        private static let shiftsSeconds = [-300, 300]

        /// Loaded into a program, it moves the time of day.
        private static let source = """
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <pthread.h>
            #include <stdlib.h>
            #include <sys/time.h>
            #include <time.h>

            static time_t shift(void) {
                const char *text = getenv("CLOCK_SHIFT_SECONDS");
                return text ? atol(text) : 0;
            }
            int clock_gettime(clockid_t id, struct timespec *now) {
                static int (*real)(clockid_t, struct timespec *);
                if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
                int status = real(id, now);
                if (id == CLOCK_REALTIME) now->tv_sec += shift();
                return status;
            }
            /* The kernel waits by its own clock. Times since boot are no times of day. */
            int pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                       const struct timespec *until) {
                static int (*real)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
                if (!real) real = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
                if (!real) real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
                struct timespec moved = *until;
                if (moved.tv_sec > 1000000000) moved.tv_sec -= shift();
                return real(condition, mutex, &moved);
            }
            int gettimeofday(struct timeval *now, void *zone) {
                struct timespec time;
                (void)zone;
                clock_gettime(CLOCK_REALTIME, &time);
                now->tv_sec = time.tv_sec;
                now->tv_usec = time.tv_nsec / 1000;
                return 0;
            }
            time_t time(time_t *result) {
                struct timespec now;
                clock_gettime(CLOCK_REALTIME, &now);
                if (result) *result = now.tv_sec;
                return now.tv_sec;
            }
            """

        @Test func `clocks five minutes wrong lose and double nothing`() async throws {
            let engine = try await Engine.start()
            let library = engine.file("clock.so")
            try Self.source.write(toFile: library + ".c", atomically: true, encoding: .utf8)
            try TestSupport.run([
                "clang", "-shared", "-fPIC", "-o", library, library + ".c", "-ldl",
            ])
            var backends: [ServerProcess] = []
            for (number, seconds) in Self.shiftsSeconds.enumerated() {
                backends.append(
                    try await engine.startBackend(
                        "backend-\(number)",
                        environment: [
                            "LD_PRELOAD": library, "CLOCK_SHIFT_SECONDS": "\(seconds)",
                        ]
                    )
                )
            }
            let run = try await FaultRun(
                on: engine,
                backends,
                rate: Self.rate,
                content: ["--duplicates", "0.05"]
            )
            try await run.allAtWork(within: .seconds(30))
            // One of them dies with what it holds; the other stores it.
            backends[0].kill(SIGKILL)
            try await run.outcomes(more: 5 * Self.rate)
            try await run.stopLoad()
            for (backend, seconds) in zip(backends, Self.shiftsSeconds) {
                try expectShifted(backend, by: seconds)
            }
            try await run.expectCleanAudit()
            #expect(backends[1].isRunning, "\(backends[1].log)")
        }

        /// The log's own times prove that the program believed the clock it was given.
        private func expectShifted(_ process: ServerProcess, by seconds: Int) throws {
            let text = try #require(process.log.split(separator: " ").first)
            let time = try Date(
                String(text),
                strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            )
            let wrong = time.timeIntervalSinceNow
            #expect(abs(wrong - Double(seconds)) < 120, "\(text)")
        }
    }
}
