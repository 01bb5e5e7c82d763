"""The most memory a backend has while it empties a stream of the largest messages there can be."""

import drain

# Headers and body; the body is a bet and a field that nobody knows.
MESSAGE_BYTES = 4_096
HEADER_BYTES = 80


class MemoryBenchmark:
    """`options`: large, games."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options

    def run(self):
        self.engine.reset()
        self.engine.probe(
            *("fill", "--count", self.options.large, "--bytes", MESSAGE_BYTES - HEADER_BYTES),
            *("--games", self.options.games),
        )
        self.servers.settle()
        self.engine.start(1)
        with drain.measured("json_1_4kib", self.options.large) as run:
            self.engine.wait_for_outcomes(self.options.large)
        self.engine.wait_for_answers()
        run |= self.engine.stop()
        print(drain.describe(run), flush=True)
        figures = {
            "drain_json_1_4kib_per_s": run["per_s"],
            "backend_peak_mib_4kib": max(run["peak_mib"].values()),
        }
        return {"figures": figures, "runs": [run]}
