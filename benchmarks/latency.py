"""How long a bet takes from the moment it is due to the backend's acknowledgement after COMMIT.

One backend, a fixed schedule at each rate, in rounds; benchmarks/probe publishes and listens. The
figure of a rate is the median of its rounds.
"""

import machine
from drain import median

RATES = (1_000, 5_000, 20_000)
WARM_UP_SECONDS = 2
KEYS = ("ack_p50_ms", "ack_p95_ms", "ack_p99_ms", "stored_p99_ms")


class LatencyBenchmark:
    """`options`: rates, seconds, rounds, games."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options

    def run(self):
        runs = []
        for turn in range(self.options.rounds):
            for rate in self.options.rates:
                run = {"round": turn + 1, **self._measure(rate)}
                runs.append(run)
                print(describe(run), flush=True)
        figures = {
            f"{key}_at_{rate}": median((run[key] for run in runs if run["rate"] == rate), 2)
            for rate in self.options.rates
            for key in KEYS
        }
        return {"figures": figures, "runs": runs}

    def _measure(self, rate):
        self.engine.reset()
        self.servers.settle()
        self.engine.start(1)
        load = machine.load()
        figures = self.engine.probe(
            *("latency", "--rate", rate, "--seconds", self.options.seconds),
            *("--warm-up", WARM_UP_SECONDS, "--games", self.options.games),
        )
        return {"rate": rate, "load": load, **figures, **self.engine.stop()}


def describe(run):
    text = f"{run['rate']:>6,}/s: p50 {run['ack_p50_ms']:.1f}, p95 {run['ack_p95_ms']:.1f}"
    text += f", p99 {run['ack_p99_ms']:.1f}, max {run['ack_max_ms']:.0f} ms"
    text += f" (p99 to the stream {run['stored_p99_ms']:.1f}), load {run['load']:.1f}"
    for name, peak in run["peak_mib"].items():
        text += f", {name} {peak} MiB"
    return "\n    ".join([text, *run["complaints"]])
