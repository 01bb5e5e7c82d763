"""Where the processor time of a bet goes, in microseconds: figures that a busy machine blurs little.

drain       one backend empties a filled stream: each process, and each thread of the backend
copy        one session reads all rows by one COPY into a copy of `bets`: as the backend sends them
            (binary, all indexes, logged), and with one thing changed
"""

import glob
import re
import statistics

import machine
from drain import COLUMNS

# The column list is that of `bets`; each variant changes one thing of the first.
VARIANTS = {
    "as_shipped": ("binary", "", ("id", "stream_epoch, stream_seq"), True),
    "text": ("text", "", ("id", "stream_epoch, stream_seq"), True),
    "unlogged": ("binary", "UNLOGGED", ("id", "stream_epoch, stream_seq"), True),
    "without_stream_key": ("binary", "", ("id",), True),
    "without_id_key": ("binary", "", ("stream_epoch, stream_seq",), True),
    "without_keys": ("binary", "", (), True),
    "without_checks": ("binary", "", ("id", "stream_epoch, stream_seq"), False),
}


class CostBenchmark:
    """`options`: bets, pairs, games."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options
        self.runs = []

    def run(self):
        for number in range(self.options.pairs):
            print(f"round {number + 1}, load {machine.load()}:", flush=True)
            self._keep({"arm": "drain", **self._drain()})
            self._write_rows()
            for name, variant in VARIANTS.items():
                self._keep({"arm": f"copy_{name}", "us": {"session": self._copy(*variant)}})
        return {"figures": self._figures(), "runs": self.runs}

    def _keep(self, run):
        self.runs.append(run)
        print(f"   {run['arm']:24} {run['us']}", flush=True)

    def _drain(self):
        bets = self.options.bets
        self.engine.reset()
        self.engine.fill(bets, "--games", str(self.options.games))
        self.servers.settle()
        before = self._used()
        self.engine.start(1)
        self.engine.wait_for_outcomes(bets)
        after = self._used()
        threads = thread_seconds(self.engine.backends[0].process.pid)
        self.engine.stop()
        used = {name: after[name] - before.get(name, 0) for name in after}
        used |= {f"backend.{name}": seconds for name, seconds in threads.items()}
        return {"us": {name: round(used[name] / bets * 1e6, 2) for name in sorted(used)}}

    def _used(self):
        """Processor seconds of every process of the drain. The session that waits for the end is
        among Postgres', with about 0.1 us."""
        used = {name: machine.cpu_seconds(self.servers.pid(name)) for name in ("nats", "redis")}
        postmaster = self.servers.pid("postgres")
        used["postgres"] = machine.cpu_seconds(postmaster) + sum(
            machine.cpu_seconds(child) for child in children(postmaster)
        )
        for backend in self.engine.backends:
            used["backend"] = machine.cpu_seconds(backend.process.pid)
        return used

    def _write_rows(self):
        """Every row that a backend has stored, in files the server can read."""
        data = self._psql("SHOW data_directory")
        self.rows = {form: f"{data}/benchmark-rows.{form}" for form in ("binary", "text")}
        for form, path in self.rows.items():
            query = f"SELECT {COLUMNS} FROM bets ORDER BY stream_seq"
            self._psql(f"COPY ({query}) TO '{path}' (FORMAT {form})")

    def _copy(self, form, kind, keys, has_checks):
        including = "INCLUDING DEFAULTS" + (" INCLUDING CONSTRAINTS" if has_checks else "")
        self._psql(
            "DROP TABLE IF EXISTS cost_bets",
            f"CREATE {kind} TABLE cost_bets (LIKE bets {including})",
            *(f"CREATE UNIQUE INDEX ON cost_bets ({columns})" for columns in keys),
        )
        self.servers.settle()
        stat = "SELECT pg_read_file('/proc/self/stat')"
        copy = f"COPY cost_bets ({COLUMNS}) FROM '{self.rows[form]}' (FORMAT {form})"
        before, after = self._psql(stat, copy, stat).split("\n\n")
        seconds = machine.cpu_seconds_of(after) - machine.cpu_seconds_of(before)
        self._psql("DROP TABLE cost_bets")
        return round(seconds / self.options.bets * 1e6, 2)

    def _psql(self, *statements):
        # Only the superuser may read and write files of the server.
        arguments = [part for statement in statements for part in ("-c", statement)]
        return self.servers.psql(*arguments, user="postgres")

    def _figures(self):
        found = {}
        for run in self.runs:
            for name, value in run["us"].items():
                found.setdefault(f"us_{run['arm']}_{name}", []).append(value)
        return {name: round(statistics.median(values), 2) for name, values in found.items()}


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return [int(child) for child in file.read().split()]


def thread_seconds(pid):
    """Processor seconds of a process's threads by name; those that libraries start share one."""
    used = {}
    for path in glob.glob(f"/proc/{pid}/task/*/stat"):
        with open(path, encoding="utf-8", errors="replace") as file:
            line = file.read()
        name = re.sub(r"[^a-z]+", "_", line[line.index("(") + 1 : line.rindex(")")])
        name = name if name in ("store", "answer", "odds", "watch", "keeper") else "libraries"
        used[name] = used.get(name, 0) + machine.cpu_seconds_of(line)
    return used
