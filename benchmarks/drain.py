"""How fast backends empty a stream that was filled beforehand, beside what the servers allow.

Each round measures every arm once, in an order that shifts from round to round:
copy        one psql session reads a file of COPY blocks of 1,000 rows, the rows a backend had
            stored, into the same table with all indexes
json_1, json_2, protobuf_1
            one or two backends from `taking bets` until Postgres has every outcome
redelivery  after json_1: the consumer made anew, so that everything comes again and every outcome
            is known; until everything is acknowledged
read        after that: a push consumer of nobody's who only counts; without acknowledgements, and
            with one for each message and as many open as the backends may have
duplicates  json_1 with 1 % of the stream's messages repeating an earlier bet

Before each, tables and streams are new, Postgres has checkpointed, and the file system is in sync.
"""

import os
import statistics
import time

import machine

# What is compared with each other stands together: the machine may be another a minute later.
ARMS = ("json_2", "copy", "json_1", "duplicates", "protobuf_1")
COPY_BLOCK_ROWS = 1_000
COLUMNS = (
    "stream_epoch, stream_seq, placed_at, user_id, id, amount, game_id, bet_type, selection, pod_id"
)
# The simulator repeats every other one under the same message id, which the stream does not store.
DUPLICATES = ("--duplicates", "0.02")
OPTIONS = {
    "json_1": (1, ()),
    "json_2": (2, ()),
    "protobuf_1": (1, ("--encoding", "protobuf")),
    "duplicates": (1, DUPLICATES),
}


class DrainBenchmark:
    """`options`: bets, pairs, games, arms."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options
        self.copy_file = f"{engine.directory}/copy.sql"
        self.runs = []

    def run(self):
        self._warm_up()
        for pair in range(self.options.pairs):
            arms = [arm for arm in ARMS if arm in self.options.arms]
            shift = pair % len(arms)
            print(f"pair {pair + 1}, load {machine.load()}:", flush=True)
            for arm in arms[shift:] + arms[:shift]:
                for run in self._copy() if arm == "copy" else self._drain(arm):
                    self.runs.append({"pair": pair + 1, **run})
                    print("   " + describe(run), flush=True)
        return {"figures": self._figures(), "runs": self.runs}

    def _warm_up(self):
        """Makes the rows to copy, and meets whatever is slow the first time only."""
        self.engine.reset()
        self.engine.fill(self.options.bets, *self._content())
        self.engine.start(1)
        self.engine.wait_for_outcomes(self.options.bets)
        self.engine.stop()
        rows = f"{self.copy_file}.rows"
        self.servers.psql(
            "-c", f"\\copy (SELECT {COLUMNS} FROM bets ORDER BY stream_seq) TO '{rows}'"
        )
        with open(rows, encoding="utf-8") as source, open(
            self.copy_file, "w", encoding="utf-8"
        ) as target:
            for number, row in enumerate(source):
                if number % COPY_BLOCK_ROWS == 0:
                    end = "\\.\n" if number else ""
                    target.write(f"{end}COPY bets ({COLUMNS}) FROM stdin;\n")
                target.write(row)
            target.write("\\.\n")
        os.remove(rows)

    def _content(self):
        return ("--games", str(self.options.games))

    def _copy(self):
        self.servers.truncate()
        self.servers.settle()
        with measured(self.servers, "copy", self.options.bets) as run:
            self.servers.psql("-f", self.copy_file)
        yield run

    def _drain(self, arm):
        backends, content = OPTIONS[arm]
        self.engine.reset()
        fill = self.engine.fill(self.options.bets, *self._content(), *content)
        count = self.servers.streams()["bets_stream"]["last_seq"]
        self.servers.settle()
        self.engine.start(backends)
        with measured(self.servers, arm, count) as run:
            self.engine.wait_for_outcomes(count)
        self.engine.wait_for_answers()
        yield {**run, **self.engine.stop(), "fill": fill, **self.engine.outcomes(count)}
        if arm == "json_1":
            yield self._redeliver(count)
            yield from self._read(count)

    def _redeliver(self, count):
        self.engine.probe("rewind")
        self.engine.betctl("streams")
        self.servers.settle()
        self.engine.start(1)
        with measured(self.servers, "redelivery", count) as run:
            self.engine.wait_for_answers()
        return {**run, **self.engine.stop(), **self.engine.outcomes(count)}

    def _read(self, count):
        for arm, *options in (("read",), ("read_acknowledged", "--acknowledge")):
            with measured(self.servers, arm, count) as run:
                seconds = self.engine.probe("read", "--count", count, *options)["seconds"]
            # The reader's own time, without the start of its process.
            yield {**run, "seconds": round(seconds, 3), "per_s": round(count / seconds)}

    def _figures(self):
        rates = {arm: median(self._of(arm, "per_s")) for arm in {run["arm"] for run in self.runs}}
        names = {
            "copy": "copy_rows_per_s",
            "read": "read_msgs_per_s",
            "read_acknowledged": "read_acknowledged_msgs_per_s",
        }
        figures = {names.get(arm, f"drain_{arm}_per_s"): rate for arm, rate in rates.items()}
        for key, above, below in (
            ("ratio_drain_copy", "json_1", "copy"),
            ("ratio_drain_read", "json_1", "read"),
            ("ratio_duplicates", "duplicates", "json_1"),
            ("ratio_redelivery", "redelivery", "json_1"),
            ("ratio_two_backends", "json_2", "json_1"),
            ("ratio_protobuf", "protobuf_1", "json_1"),
        ):
            ratios = [a / b for a, b in zip(self._of(above, "per_s"), self._of(below, "per_s"))]
            if ratios:
                figures[key] = median(ratios, 3)
        for arm, key in (("copy", "cpu_us_copy"), ("json_1", "cpu_us_drain_json_1")):
            costs = [cpu_us(run) for run in self.runs if run["arm"] == arm]
            if costs:
                figures[key] = median(costs, 1)
        fills = [run["fill"] for run in self.runs if run["arm"] in ("json_1", "json_2")]
        if fills:
            figures["publish_per_s"] = median(fill["per_s"] for fill in fills)
        peaks = [run["fill"]["peak_mib"] for run in self.runs if "fill" in run]
        if peaks:
            figures["simulator_peak_mib"] = max(peaks)
        return figures

    def _of(self, arm, key):
        return [run[key] for run in self.runs if run["arm"] == arm]


class measured:
    """Times its block into a run of the arm, with the load before, the cores that worked, the
    processor time of each server and the write-ahead log of Postgres."""

    def __init__(self, servers, arm, count):
        self.servers = servers
        self.run = {"arm": arm, "count": count, "load": machine.load()}

    def __enter__(self):
        self.wal = self.servers.wal()
        self.cpu, self.busy = self.servers.cpu_seconds(), machine.busy_seconds()
        self.began = time.monotonic()
        return self.run

    def __exit__(self, *_):
        seconds = time.monotonic() - self.began
        busy, cpu = machine.busy_seconds() - self.busy, self.servers.cpu_seconds()
        wal = self.servers.wal()
        self.run |= {
            "seconds": round(seconds, 3),
            "per_s": round(self.run["count"] / seconds),
            "busy_cores": round(busy / seconds, 2),
            "server_cpu_seconds": {
                name: round(after - self.cpu[name], 2) for name, after in cpu.items()
            },
            "wal_mib": round((wal["bytes"] - self.wal["bytes"]) / 2**20, 1),
            "wal_pages": wal["pages"] - self.wal["pages"],
        }


def cpu_us(run):
    """Processor time that one bet took, in all servers and backends together, in microseconds."""
    spent = [run["server_cpu_seconds"], run.get("cpu_seconds", {})]
    return round(sum(sum(part.values()) for part in spent) * 1e6 / run["count"], 1)


def median(values, digits=0):
    return round(statistics.median(values), digits or None)


def cpu_parts(run):
    parts = {**run["server_cpu_seconds"], **run.get("cpu_seconds", {})}
    return ", ".join(
        f"{name} {seconds * 1e6 / run['count']:.1f}" for name, seconds in parts.items()
    )


def describe(run):
    text = f"{run['arm']:18} {run['per_s']:>8,}/s in {run['seconds']:6.2f} s"
    text += f", CPU {cpu_us(run):5.1f} µs each ({cpu_parts(run)})"
    text += f", WAL {run['wal_mib']:.0f} MiB ({run['wal_pages']:,} whole pages)"
    text += f", load {run['load']:.1f}, {run['busy_cores']:.1f} cores busy"
    for name, peak in run.get("peak_mib", {}).items():
        text += f", {name} {peak} MiB"
    if "fill" in run:
        text += f"; filled at {run['fill']['per_s']:,.0f}/s"
    return "\n      ".join([text, *run.get("complaints", [])])
