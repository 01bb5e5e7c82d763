"""`make bench`: see benchmarks/run. Runs the parts one after the other and writes the report."""

import argparse
import os
import signal
import sys
import traceback

import report
from api import APIBenchmark
from costs import CostBenchmark
from drain import ARMS, DrainBenchmark
from engine import Engine
from growth import GrowthBenchmark
from latency import LatencyBenchmark, RATES
from live import LiveBenchmark
from memory import MemoryBenchmark
from servers import ROOT, Servers

WORK = f"{ROOT}/.build/bench"
QUICK = {
    "bets": 50_000,
    "pairs": 1,
    "rounds": 1,
    "seconds": 5,
    "large": 20_000,
    "rows": 200_000,
    "growth_pairs": 1,
}


def on_own_servers(benchmark):
    """A part that works on servers and an engine of its own."""

    def run(options):
        with Servers(f"{WORK}/stack") as servers:
            engine = Engine(servers, WORK)
            try:
                return {
                    **benchmark(servers, engine, options).run(),
                    "postgres": servers.settings(),
                }
            finally:
                engine.abandon()

    return run


PARTS = {
    "drain": on_own_servers(DrainBenchmark),
    "latency": on_own_servers(LatencyBenchmark),
    "memory": on_own_servers(MemoryBenchmark),
    "growth": on_own_servers(GrowthBenchmark),
    "live": on_own_servers(LiveBenchmark),
    "api": on_own_servers(APIBenchmark),
    "costs": on_own_servers(CostBenchmark),
}
# Placing bets, by `make bench-api`; and a look inside, for docs/PERFORMANCE.md.
ON_REQUEST = ("api", "costs")


def names(text):
    return text.split(",")


def numbers(text):
    return [int(number) for number in names(text)]


def main():
    parser = argparse.ArgumentParser(prog="benchmarks/run", description="Measures the engine.")
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all but api and costs")
    parser.add_argument("--bets", type=int, default=500_000, help="of a stream to drain")
    parser.add_argument("--pairs", type=int, default=5, help="rounds of all arms")
    parser.add_argument("--games", type=int, default=100, help="that are bet on")
    parser.add_argument("--arms", type=names, default=ARMS, help=f"of drain: {','.join(ARMS)}")
    parser.add_argument("--rounds", type=int, default=3, help="of latency and of memory")
    parser.add_argument("--rates", type=numbers, default=RATES, help="of latency, bets/s: A,B,…")
    parser.add_argument("--seconds", type=int, default=20, help="of load at each rate")
    parser.add_argument("--large", type=int, default=100_000, help="messages of 4 KiB")
    parser.add_argument("--rows", type=int, default=5_000_000, help="of the large table")
    parser.add_argument("--growth-pairs", type=int, default=3, help="rounds of growth")
    parser.add_argument(
        "--checkpoint",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="before each run of growth",
    )
    parser.add_argument("--dashboards", type=int, default=1_000, help="that look on at once")
    parser.add_argument("--live-rate", type=int, default=2_000, help="bets a second they see")
    parser.add_argument("--quick", action="store_true", help="does it work? no figures to quote")
    parser.add_argument("--keep", action="store_true", help="also write to docs/benchmarks/")
    if parser.parse_args().quick:
        parser.set_defaults(**QUICK)
    options = parser.parse_args()
    for name in set(options.parts) - set(PARTS) | set(options.arms) - set(ARMS):
        parser.error(f"no part or arm {name}")

    # Whoever stops it, what it started is stopped, too.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    os.makedirs(WORK, exist_ok=True)
    results, failed = {}, []
    for name in options.parts or [name for name in PARTS if name not in ON_REQUEST]:
        print(f"\n== {name}", flush=True)
        try:
            results[name] = PARTS[name](options)
        except (RuntimeError, OSError):
            # The other parts' figures are worth having.
            traceback.print_exc()
            failed.append(name)
    report.write(results, options)
    if failed:
        sys.exit(f"bench: no figures of {', '.join(failed)}")


if __name__ == "__main__":
    main()
