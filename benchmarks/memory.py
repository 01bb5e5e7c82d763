"""The most memory a backend has while it empties a stream of the largest messages there can be."""

import drain

# Headers and body; the body is a bet and a field that nobody knows.
MESSAGE_BYTES = 4_096
HEADER_BYTES = 80


class MemoryBenchmark:
    """`options`: large, rounds, games."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options

    def run(self):
        runs = []
        for turn in range(self.options.rounds):
            runs.append({"round": turn + 1, **self._drain()})
            print(drain.describe(runs[-1]), flush=True)
        figures = {
            "drain_json_1_4kib_per_s": drain.median(run["per_s"] for run in runs),
            "backend_peak_mib_4kib": max(max(run["peak_mib"].values()) for run in runs),
        }
        return {"figures": figures, "runs": runs}

    def _drain(self):
        self.engine.reset()
        self.engine.probe(
            *("fill", "--count", self.options.large, "--bytes", MESSAGE_BYTES - HEADER_BYTES),
            *("--games", self.options.games),
        )
        self.servers.settle()
        self.engine.start(1)
        with drain.measured(self.servers, "json_1_4kib", self.options.large) as run:
            self.engine.wait_for_outcomes(self.options.large)
        self.engine.wait_for_answers()
        outcomes = self.engine.outcomes(self.options.large)
        return {**run, **self.engine.stop(), **outcomes}
