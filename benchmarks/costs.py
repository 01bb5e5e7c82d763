"""What the parts of a COPY cost: processor time of one session of Postgres for a row.

One session reads the rows that a backend had stored by one COPY into a copy of `bets`: as the backend
sends them (binary, with both unique keys and the checks, logged), and with one thing changed.
Processor time, not duration: a busy machine blurs it less.
"""

import statistics

import machine
from drain import COLUMNS

KEYS = ("id", "stream_epoch, stream_seq")
# Format of the rows, kind of table, unique keys, whether with the checks.
VARIANTS = {
    "as_shipped": ("binary", "", KEYS, True),
    "text": ("text", "", KEYS, True),
    "unlogged": ("binary", "UNLOGGED", KEYS, True),
    "without_stream_key": ("binary", "", KEYS[:1], True),
    "without_id_key": ("binary", "", KEYS[1:], True),
    "without_keys": ("binary", "", (), True),
    "without_checks": ("binary", "", KEYS, False),
}


class CostBenchmark:
    """`options`: bets, pairs, games."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options
        self.files = {}
        self.runs = []

    def run(self):
        self._write_rows()
        for pair in range(self.options.pairs):
            print(f"round {pair + 1}, load {machine.load()}:", flush=True)
            for name, variant in VARIANTS.items():
                cost = self._copy(*variant)
                self.runs.append({"pair": pair + 1, "arm": name, "cpu_us": cost})
                print(f"   {name:20} {cost:6.2f} µs", flush=True)
        return {"figures": self._figures(), "runs": self.runs}

    def _write_rows(self):
        """The rows as a backend stores them, in files the server can read."""
        self.engine.reset()
        self.engine.fill(self.options.bets, "--games", str(self.options.games))
        self.engine.start(1)
        self.engine.wait_for_outcomes(self.options.bets)
        self.engine.stop()
        data = self._psql("SHOW data_directory")
        for form in ("binary", "text"):
            self.files[form] = f"{data}/benchmark-rows.{form}"
            query = f"SELECT {COLUMNS} FROM bets ORDER BY stream_seq"
            self._psql(f"COPY ({query}) TO '{self.files[form]}' (FORMAT {form})")

    def _copy(self, form, kind, keys, has_checks):
        including = "INCLUDING DEFAULTS" + (" INCLUDING CONSTRAINTS" if has_checks else "")
        self._psql(
            "DROP TABLE IF EXISTS cost_bets",
            f"CREATE {kind} TABLE cost_bets (LIKE bets {including})",
            *(f"CREATE UNIQUE INDEX ON cost_bets ({columns})" for columns in keys),
        )
        self.servers.settle()
        stat = "SELECT pg_read_file('/proc/self/stat')"
        copy = f"COPY cost_bets ({COLUMNS}) FROM '{self.files[form]}' (FORMAT {form})"
        before, after = self._psql(stat, copy, stat).split("\n\n")
        self._psql("DROP TABLE cost_bets")
        seconds = [machine.cpu_seconds_of(machine.stat_fields(text)) for text in (before, after)]
        return round((seconds[1] - seconds[0]) / self.options.bets * 1e6, 2)

    def _psql(self, *statements):
        # Only the superuser may read and write files of the server.
        arguments = [part for statement in statements for part in ("-c", statement)]
        return self.servers.psql(*arguments, user="postgres")

    def _figures(self):
        found = {}
        for run in self.runs:
            found.setdefault(f"cpu_us_copy_{run['arm']}", []).append(run["cpu_us"])
        return {name: round(statistics.median(values), 2) for name, values in found.items()}
