"""NATS, Postgres and Redis by scripts/stack, in a directory of their own, as they are shipped."""

import json
import os
import socket
import subprocess
import urllib.request

import machine

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVERS = ("nats", "postgres", "redis")
PORTS = ("NATS_PORT", "NATS_MONITOR_PORT", "POSTGRES_PORT", "REDIS_PORT")
TABLES = (
    "bets, duplicate_bets, rejected_bets, ingest_totals, ingest_rejections, game_totals, "
    "stream_epochs, outcome_blocks, poison_attempts, lost_sequences, retired_games"
)
SETTINGS = ("server_version", "fsync", "synchronous_commit", "full_page_writes", "shared_buffers")


class Servers:
    """Use as a context: leaving it stops the servers and deletes their data."""

    def __init__(self, directory):
        self.directory = directory
        # The one that the engine works on.
        self.database = "betting"
        os.makedirs(directory, exist_ok=True)
        # Not those that other stacks on this machine take, and below those of outgoing connections.
        self.ports = dict(zip(PORTS, free_ports(len(PORTS), 20_000 + os.getpid() % 10_000)))
        # What scripts/stack says once the servers run.
        self._urls = {}

    def __enter__(self):
        self._stack("stop", "--clean")
        with open(f"{self.directory}/ports", "w", encoding="ascii") as file:
            file.writelines(f"{name}={port}\n" for name, port in self.ports.items())
        self._stack("start")
        self._urls = dict(line.split("=", 1) for line in self._stack("env").split())
        return self

    def __exit__(self, *_):
        self._stack("stop", "--clean")

    def _stack(self, *arguments):
        done = subprocess.run(
            [f"{ROOT}/scripts/stack", *arguments],
            env={"STACK_ROLES": "off", **os.environ, "STACK_DIR": self.directory},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"scripts/stack {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    @property
    def environment(self):
        """Of a process that works with these servers: it finds its own user of NATS in it."""
        return {**os.environ, **self._urls, "POSTGRES_URL": self.postgres_url("betting")}

    def postgres_url(self, user):
        return f"postgresql://{user}@127.0.0.1:{self.ports['POSTGRES_PORT']}/{self.database}"

    def pid(self, name):
        with open(f"{self.directory}/{name}.pid", encoding="ascii") as file:
            return int(file.read().split()[0])

    def psql(self, *arguments, user="betting", script=None):
        """Runs psql with arguments or a script and returns what it prints."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]
            + [self.postgres_url(user), *arguments],
            input=script,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr.strip()}")
        return done.stdout.strip()

    def truncate(self):
        self.psql("-c", f"TRUNCATE {TABLES}")

    def settle(self, checkpoint=True):
        """Nothing that was written before is left to be written in what is measured next."""
        if checkpoint:
            # Only the superuser may, whom this machine's own server lets in.
            self.psql("-c", "CHECKPOINT", user="postgres")
        subprocess.run(["sync", "--file-system", self.directory], check=True)

    def settings(self):
        """What both arms of a comparison have in common."""
        return {name: self.psql("-c", f"SHOW {name}") for name in SETTINGS}

    def streams(self):
        """NATS' own figures: streams by name, consumers by name in each."""
        port = self.ports["NATS_MONITOR_PORT"]
        url = f"http://127.0.0.1:{port}/jsz?acc=$G&streams=1&consumers=1"
        with urllib.request.urlopen(url, timeout=10) as answer:
            account = json.load(answer)["account_details"][0]
        return {
            stream["name"]: {
                **stream["state"],
                "consumers": {one["name"]: one for one in stream.get("consumer_detail") or []},
            }
            for stream in account["stream_detail"]
        }

    def wal(self):
        """Bytes of write-ahead log so far; and of whole pages in it, which are first changes since a
        checkpoint, as many as sessions have told, which they do within seconds."""
        answer = self.psql(
            "-c", "SELECT pg_current_wal_insert_lsn() - '0/0', wal_fpi FROM pg_stat_wal"
        )
        return dict(zip(("bytes", "pages"), map(int, answer.split("|"))))

    def cpu_seconds(self):
        return {name: machine.family_cpu_seconds(self.pid(name)) for name in SERVERS}

    def forget_peaks(self):
        for name in ("nats", "redis"):
            machine.forget_peak(self.pid(name))

    def peaks(self):
        return {name: machine.peak_mib(self.pid(name)) for name in ("nats", "redis")}


def free_ports(count, start):
    """Ports on loopback that nobody listens on."""
    found = []
    port = start
    while len(found) < count:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
        port += 1
    return found
