"""The real engine on servers of its own: what `make run` starts, with free ports, for the tests."""

import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(os.environ.get("ENGINE_PROGRAMS", ROOT / ".build" / "debug"))
START_SECONDS = 60
STOP_SECONDS = 20
POLL_SECONDS = 0.05
PR_SET_PDEATHSIG = 1  # linux/prctl.h


def free_port():
    """Below the ports that the system gives to connections: those may take a server's place."""
    ephemeral = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(10_240, ephemeral)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def end_with_parent():
    """Runs in the child: no program outlives a test that was killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Engine:
    """Three backends and an aggregator over the three servers. Used by one test at a time.

    What the programs write is left in .build/browser-logs."""

    def __init__(self):
        self.logs = ROOT / ".build" / "browser-logs"
        self.directory = ROOT / ".build" / "browser-stack"
        self.processes = {}
        self.port = free_port()
        self._environment = os.environ | {"STACK_DIR": str(self.directory), "PROFILER": ""}

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/"

    def __enter__(self):
        self.logs.mkdir(parents=True, exist_ok=True)
        for left in self.logs.iterdir():
            left.unlink()
        try:
            self._stack("stop", "--clean")  # of a run that was killed
            self._stack("start", "--clean")
            lines = self._stack("env").split()
            self._environment |= dict(line.split("=", 1) for line in lines)
            self.run("betctl", "migrate")
            self.run("betctl", "streams")
            for number in (1, 2, 3):
                self.start_backend(f"backend-{number}")
            self.start_aggregator()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in list(self.processes):
            self.end(name)
        self._stack("stop", "--clean")
        for left in sorted(self.directory.rglob("*"), reverse=True):
            left.rmdir() if left.is_dir() else left.unlink()
        self.directory.rmdir()

    def start_backend(self, name):
        self._start(name, "backend", POD_NAME=name, HTTP_PORT=str(free_port()))

    def start_aggregator(self):
        """On the same port each time. Returns when it has figures to show."""
        self._start("aggregator", "stats-aggregator", POD_NAME="aggregator-1",
                    HTTP_PORT=str(self.port), DASHBOARD_DIR=str(ROOT / "dashboard"))
        self._until(self._answers, "the aggregator is not ready")

    def start_bank(self):
        """An api-server and a worker. Returns where players find their page."""
        port = free_port()
        self._start("api-server", "api-server", POD_NAME="api", HTTP_PORT=str(port),
                    HTTP_ADDRESS="127.0.0.1", DASHBOARD_DIR=str(ROOT / "dashboard"))
        self._start("worker", "worker", POD_NAME="worker", HTTP_PORT=str(free_port()))
        url = f"http://127.0.0.1:{port}/"
        self._until(lambda: self._answers(url), "the api-server is not ready")
        return url

    def token(self, user, *options):
        return self.run("betctl", "token", "--user", str(user), *options).strip()

    def ask(self, url, token, body, key):
        """What an operator does."""
        request = urllib.request.Request(url, json.dumps(body).encode(), {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json",
            "Idempotency-Key": key})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def end(self, name, number=signal.SIGTERM):
        """Sends a signal and waits for the end. Returns the exit status."""
        process = self.processes.pop(name)
        process.send_signal(number)
        try:
            return process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise

    def begin_simulator(self, interval_ms, count, *options):
        """Publishes bets; `finish_simulator` waits for it."""
        self._start("simulator", "load-simulator", str(interval_ms), str(count), *options)

    def finish_simulator(self):
        status = self.processes.pop("simulator").wait(START_SECONDS)
        assert status == 0, self.log("simulator")

    def run(self, program, *arguments):
        return self._output([PROGRAMS / program, *arguments])

    def query(self, sql):
        """The one row of an answer, as text."""
        url = self._environment["POSTGRES_URL"]
        return self._output(["psql", "-X", "-q", "-A", "-t", "-F", " ", url, "-c", sql]).split()

    def server_process(self, name):
        """The process id of NATS, Postgres or Redis."""
        return int((self.directory / f"{name}.pid").read_text().split()[0])

    def log(self, name):
        return (self.logs / f"{name}.log").read_text()[-3000:]

    def _answers(self, url=None):
        try:
            with urllib.request.urlopen((url or self.url) + "readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def _start(self, name, program, *arguments, **environment):
        with open(self.logs / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [PROGRAMS / program, *arguments], env=self._environment | environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=end_with_parent)

    def _until(self, condition, why):
        deadline = time.monotonic() + START_SECONDS
        while not condition():
            for name, process in self.processes.items():
                assert process.poll() is None, f"{name} has ended: {self.log(name)}"
            assert time.monotonic() < deadline, why
            time.sleep(POLL_SECONDS)

    def _stack(self, *arguments):
        return self._output([ROOT / "scripts" / "stack", *arguments])

    def _output(self, command):
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True,
                              timeout=START_SECONDS * 2)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        return done.stdout
