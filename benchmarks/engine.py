"""The engine's release executables: started, fed, waited for, and measured from outside."""

import collections
import os
import re
import subprocess
import threading
import time

import machine
from servers import ROOT

PROGRAMS = os.environ.get("ENGINE_PROGRAMS") or f"{ROOT}/.build/release"
START_SECONDS = 60
DRAIN_SECONDS = 600
WAIT_FOR_OUTCOMES = """DO $$ BEGIN
    LOOP
        EXIT WHEN (
            SELECT coalesce(sum(stored + duplicates + rejected), 0) FROM ingest_totals
            WHERE stream_epoch = (SELECT max(epoch) FROM stream_epochs)) >= {count};
        PERFORM pg_sleep(0.02);
        ROLLBACK;
    END LOOP;
END $$"""
OUTCOMES = """
SELECT coalesce(sum(stored), 0), coalesce(sum(duplicates), 0), coalesce(sum(rejected), 0)
FROM ingest_totals WHERE stream_epoch = (SELECT max(epoch) FROM stream_epochs)
"""


class Pod:
    """A backend or an aggregator, with settings as they are shipped unless `settings` says else."""

    def __init__(self, servers, program, name, directory, **settings):
        self.name = name
        self.is_backend = program == "backend"
        self.log = f"{directory}/{name}.log"
        environment = {**servers.environment, "POD_NAME": name, "HTTP_PORT": "0", **settings}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [f"{PROGRAMS}/{program}"], env=environment, stdin=subprocess.DEVNULL, stderr=log
            )

    def takes_bets(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"{self.name} ended: see {self.log}")
        return self.is_backend and "taking bets" in self._said()

    def figures(self):
        return {
            "peak_mib": machine.peak_mib(self.process.pid),
            "cpu_seconds": machine.cpu_seconds(self.process.pid),
        }

    def complaints(self):
        """What the log warns of, each text once and how often."""
        lines = re.findall(r"^\S+ ((?:warning|error) .*)$", self._said(), re.MULTILINE)
        return [f"{count} × {line}" for line, count in collections.Counter(lines).items()]

    def stop(self):
        """As Kubernetes does; RuntimeError when it does not end well."""
        self.process.terminate()
        if self.process.wait(30) != 0:
            raise RuntimeError(f"{self.name} ended with {self.process.returncode}: see {self.log}")

    def _said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()


class Engine:
    """What every benchmark does with the engine. `directory` takes logs."""

    def __init__(self, servers, directory):
        self.servers = servers
        self.directory = directory
        self.pods = []
        self.betctl("migrate")
        self.betctl("streams")

    def betctl(self, *arguments):
        return self.run("betctl", *arguments)[0]

    def probe(self, *arguments):
        """Runs benchmarks/probe; what it prints, by key."""
        printed, _ = self.run("benchmark-probe", *map(str, arguments))
        return {key: float(value) for key, value in re.findall(r"^(\w+)=(\S+)$", printed, re.M)}

    def run(self, program, *arguments):
        """Runs an executable to its end: what it printed, and the most memory it had in MiB."""
        process = subprocess.Popen(
            [f"{PROGRAMS}/{program}", *arguments],
            env=self.servers.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        peaks = []
        watch = threading.Thread(target=watch_peak, args=(process, peaks), daemon=True)
        watch.start()
        try:
            printed, complained = process.communicate()
        finally:
            # Whoever gives up the run does not leave it behind.
            process.kill()
        watch.join()
        if process.returncode != 0:
            raise RuntimeError(f"{program}: {printed}{complained}")
        return printed, max(peaks, default=None)

    def reset(self):
        """Empty tables, streams and counters, the first with all their indexes."""
        self.betctl("reset", "--yes")

    def fill(self, bets, *options, seed=1):
        """Publishes bets into the stream as fast as it takes them: figures of the publisher. The same
        seed makes the same bets."""
        printed, peak = self.run("load-simulator", "0", str(bets), "--seed", str(seed), *options)
        rate = re.search(r"^rate\s+([0-9.]+)/s over ([0-9.]+) s", printed, re.M)
        return {"per_s": float(rate[1]), "seconds": float(rate[2]), "peak_mib": peak}

    def start(self, count):
        """Starts backends at the same moment; returns when the first takes bets."""
        self.servers.forget_peaks()
        self.pods = [
            Pod(self.servers, "backend", f"backend-{number + 1}", self.directory)
            for number in range(count)
        ]
        machine.wait_until(
            lambda: any(pod.takes_bets() for pod in self.pods),
            START_SECONDS,
            "a backend takes bets",
        )

    def wait_for_outcomes(self, count):
        """Until so many messages of the newest stream have an outcome in Postgres."""
        limit = f"SET statement_timeout = '{DRAIN_SECONDS}s'"
        self.servers.psql("-c", limit, "-c", WAIT_FOR_OUTCOMES.format(count=count))

    def outcomes(self, count):
        """What became of the newest stream's messages; RuntimeError when that is not right."""
        answer = self.servers.psql("-c", OUTCOMES)
        stored, duplicates, rejected = map(int, answer.split("|"))
        if rejected or stored + duplicates != count:
            raise RuntimeError(f"of {count}: {answer} stored, duplicates, rejected")
        return {"stored": stored, "duplicates": duplicates}

    def wait_for_answers(self):
        """Until every message of the stream is delivered and acknowledged."""

        def is_over():
            consumer = self.servers.streams()["bets_stream"]["consumers"]["bets_consumer"]
            return consumer["num_pending"] == 0 and consumer["num_ack_pending"] == 0

        machine.wait_until(is_over, DRAIN_SECONDS, "everything is acknowledged", 0.02)

    def stop(self):
        """Stops the pods: their peak memory and processor time, and what they complained of."""
        figures = {pod.name: pod.figures() for pod in self.pods}
        complaints = []
        try:
            for pod in self.pods:
                pod.stop()
                complaints += pod.complaints()
        finally:
            self.abandon()
        return {
            "peak_mib": {name: one["peak_mib"] for name, one in figures.items()},
            "cpu_seconds": {name: one["cpu_seconds"] for name, one in figures.items()},
            "server_peak_mib": self.servers.peaks(),
            "complaints": complaints,
        }

    def abandon(self):
        """Ends what still runs, after a failure."""
        for pod in self.pods:
            if pod.process.poll() is None:
                pod.process.kill()
                pod.process.wait()
        self.pods = []


def watch_peak(process, peaks):
    while process.poll() is None:
        peak = machine.peak_mib(process.pid)
        if peak is not None:
            peaks.append(peak)
        time.sleep(0.02)
