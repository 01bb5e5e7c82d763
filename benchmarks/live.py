"""What the live view costs and how late it is: one stats-aggregator, two backends, 2,000 bets/s.

First a thousand dashboards at four frames a second, then one dashboard at the usual pace. What
plays the dashboards is a process of its own, benchmarks/dashboards.py.
"""

import re
import resource
import subprocess
import sys
import urllib.request

import machine
from engine import Pod, START_SECONDS
from servers import ROOT, free_ports

BACKENDS = 2
SPARE_DESCRIPTORS = 200


class LiveBenchmark:
    """`options`: seconds, dashboards, live_rate."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options

    def run(self):
        allow_descriptors(self.options.dashboards + SPARE_DESCRIPTORS)
        clients = ("--clients", str(self.options.dashboards))
        runs = [self._measure("crowd", 250, *clients), self._measure("delay", 100)]
        return {"figures": runs[0]["figures"] | runs[1]["figures"], "runs": runs}

    def _measure(self, mode, frame_interval_ms, *arguments):
        self.engine.reset()
        self.engine.start(BACKENDS)
        port = free_ports(1, 18_082)[0]
        aggregator = Pod(
            self.servers,
            "stats-aggregator",
            "aggregator",
            self.engine.directory,
            HTTP_PORT=str(port),
            DASHBOARD_DIR=f"{ROOT}/dashboard",
            FRAME_INTERVAL_MS=str(frame_interval_ms),
        )
        self.engine.pods.append(aggregator)
        machine.wait_until(lambda: answers(port), START_SECONDS, "a snapshot of the aggregator")
        load = machine.load()
        done = subprocess.run(
            [sys.executable, f"{ROOT}/benchmarks/dashboards.py", mode, "--port", str(port)]
            + ["--pid", str(aggregator.process.pid)]
            + ["--nats", self.servers.environment["NATS_URL_PUBLISHER"]]
            + ["--seconds", str(self.options.seconds), "--rate", str(self.options.live_rate)]
            + [*arguments],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        print(f"load {load}\n{done.stdout}", end="", flush=True)
        if done.returncode != 0:
            raise RuntimeError(f"dashboards.py {mode} ended with {done.returncode}")
        figures = re.findall(r"^(\w+)=(\S+)$", done.stdout, re.MULTILINE)
        return {
            "arm": mode,
            "load": load,
            "figures": {key: float(value) for key, value in figures},
            **self.engine.stop(),
        }


def answers(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/snapshot", timeout=5):
            return True
    except OSError:
        return False


def allow_descriptors(count):
    """One for each dashboard, here and in the aggregator."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
