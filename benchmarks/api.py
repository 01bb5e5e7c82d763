"""Placing bets over HTTP, with outbox, backends and workers at work: `make bench-api`.

A burst on many connections, a long load of many users, then the highest rate at which placing stays
fast, beside pgbench, which runs the same statements one bet at a time. benchmarks/probe keeps the
schedule: a latency counts from when the bet was due.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import subprocess
import time

import machine
from drain import median
from engine import Pod
from servers import free_ports

# Of the documents this engine grew from, and what is wanted of both.
BURST = {"connections": 1_000, "rate": 200, "seconds": 5}
SUSTAINED = {"connections": 200, "rate": 100, "seconds": 60}
P99_MS_MAX = 100
USERS = 1_000
BALANCE = "1000000"
# The search: bets a second of the first step, and by how much the next is more.
FIRST_RATE = 500
STEP = 1.25
STEP_SECONDS = 8
STEP_CONNECTIONS = 500
RATE_MAX = 50_000
WARM_UP_SECONDS = 2
BACKENDS = 2
JOBS_SECONDS = 60
TOKEN_SECONDS = 86_400
PGBENCH_CLIENTS = 8
PGBENCH_SECONDS = 10
PGBENCH = "/usr/lib/postgresql/15/bin/pgbench"
SCRIPT = f"{os.path.dirname(os.path.abspath(__file__))}/ledger/single-bet.sql"


class APIBenchmark:
    """`options`: rounds."""

    def __init__(self, servers, engine, options):
        self.servers = servers
        self.engine = engine
        self.options = options
        self.key = os.urandom(32).hex()
        self.port = free_ports(1, 30_000 + os.getpid() % 10_000)[0]
        self.tokens = f"{engine.directory}/tokens"
        self.runs = []

    def run(self):
        self._start()
        self._make_users()
        figures = {
            **self._scenario("burst", BURST),
            **self._scenario("sustained", SUSTAINED),
        }
        rates = [self._highest_rate() for _ in range(self.options.rounds)]
        self._audit()
        stopped = self.engine.stop()
        rounds = [self._pgbench() for _ in range(self.options.rounds)]
        figures |= {
            "api_bets_per_s": median(rates, 0),
            "pgbench_bets_per_s": median(rounds, 0),
            "ratio_api_pgbench": round(median(rates, 0) / median(rounds, 0), 3),
            "api_peak_mib": stopped["peak_mib"]["api-1"],
            "worker_peak_mib": stopped["peak_mib"]["worker-1"],
        }
        self.runs[-1] |= stopped
        return {"figures": figures, "runs": self.runs}

    def _start(self):
        key_file = f"{self.engine.directory}/token.key"
        with open(key_file, "w", encoding="ascii") as file:
            file.write(self.key + "\n")
        self.engine.start(BACKENDS)
        self.engine.pods += [
            Pod(self.servers, "worker", "worker-1", self.engine.directory),
            Pod(
                self.servers,
                "api-server",
                "api-1",
                self.engine.directory,
                HTTP_PORT=str(self.port),
                HTTP_ADDRESS="127.0.0.1",
                TOKEN_KEY_FILE=key_file,
                # All of a step's users come from here; what one may do is not what is measured.
                USER_REQUESTS_PER_SECOND="1000",
                USER_BURST="10000",
            ),
        ]
        machine.wait_until(self._is_ready, 60, "the api-server is ready")

    def _is_ready(self):
        try:
            return self._ask("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def _ask(self, method, path, body=None, token=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            if body is not None:
                headers["Content-Type"] = "application/json"
                body = json.dumps(body)
            if token:
                headers["Authorization"] = f"Bearer {token}"
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def _operate(self, path, body=None, key=None):
        headers = {"Idempotency-Key": key} if key else {}
        token = self._token(1, "operator")
        status, answer = self._ask("POST", f"/api/admin/{path}", body or {}, token, **headers)
        if status >= 300:
            raise RuntimeError(f"POST {path}: {status} {answer.decode()}")

    def _token(self, user, scope=None):
        """A token as `betctl token` makes them, HS256."""
        claims = {
            "iss": "betting-engine",
            "aud": "betting-api",
            "sub": str(user),
            "exp": int(time.time()) + TOKEN_SECONDS,
            **({"scope": scope} if scope else {}),
        }
        parts = [encoded(json.dumps(part).encode()) for part in ({"alg": "HS256"}, claims)]
        signed = ".".join(parts)
        digest = hmac.new(self.key.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{encoded(digest)}"

    def _make_users(self):
        with open(self.tokens, "w", encoding="ascii") as file:
            for user in range(1, USERS + 1):
                deposit = {"userId": user, "amount": BALANCE}
                self._operate("deposits", deposit, key=f"bench-{user}")
                file.write(self._token(user) + "\n")

    def _place(self, name, connections, rate, seconds, warm_up=0):
        """One load on a round of its own: what the probe says."""
        self._operate("rounds", {"id": name})
        load = machine.load()
        figures = self.engine.probe(
            *("place", "--port", self.port, "--round", name, "--tokens", self.tokens),
            *("--connections", connections, "--rate", rate),
            *("--seconds", seconds, "--warm-up", warm_up),
        )
        placed = {"name": name, "rate": rate, "load": load, **figures}
        accepted = figures.get("status_202", 0)
        placed["refused"] = rate * (seconds + warm_up) - int(accepted)
        return placed

    def _scenario(self, name, load):
        run = self._place(name, **load)
        began = time.monotonic()
        machine.wait_until(self._is_idle, JOBS_SECONDS, "all jobs are done", 0.02)
        run["jobs_seconds"] = round(time.monotonic() - began, 2)
        self.runs.append(run)
        print(describe(run), flush=True)
        return {
            f"api_{name}_p50_ms": round(run["placed_p50_ms"], 1),
            f"api_{name}_p99_ms": round(run["placed_p99_ms"], 1),
            f"api_{name}_errors": run["refused"],
            f"api_{name}_jobs_s": run["jobs_seconds"],
        }

    def _is_idle(self):
        return self.servers.psql("-c", "SELECT count(*) FROM jobs WHERE state <> 'DEAD'") == "0"

    def _highest_rate(self):
        """The highest rate of the steps before the first at which placing was not fast."""
        highest, rate = 0, FIRST_RATE
        while rate <= RATE_MAX:
            number = len(self.runs)
            try:
                run = self._place(
                    f"step-{number}", STEP_CONNECTIONS, rate, STEP_SECONDS, WARM_UP_SECONDS
                )
            except RuntimeError as error:
                # Too slow to end in time: what it left open is done before the next round.
                print(f"{rate:,}/s: {error}", flush=True)
                break
            self.runs.append(run)
            print(describe(run), flush=True)
            if run["placed_p99_ms"] >= P99_MS_MAX or run["refused"]:
                break
            highest, rate = rate, int(rate * STEP)
        machine.wait_until(self._is_idle, 10 * JOBS_SECONDS, "all jobs are done", 0.1)
        return highest

    def _audit(self):
        printed, _ = self.engine.run("betctl", "audit")
        print(printed.splitlines()[-1], flush=True)

    def _pgbench(self):
        """Bets a second of clients that wait for each bet; nothing else is at work."""
        self.servers.psql(
            "-c",
            "INSERT INTO rounds (id) SELECT 'load-' || n FROM generate_series(0, 15) n "
            "ON CONFLICT DO NOTHING",
        )
        self.servers.settle()
        done = subprocess.run(
            [PGBENCH, "-n", "-M", "prepared", "-c", str(PGBENCH_CLIENTS), "-j", "2"]
            + ["-T", str(PGBENCH_SECONDS), "-D", f"users={USERS}", "-f", SCRIPT]
            + [self.servers.postgres_url("betting")],
            capture_output=True,
            text=True,
            check=False,
        )
        found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.M)
        if done.returncode != 0 or not found:
            raise RuntimeError(f"pgbench: {done.stdout}{done.stderr}")
        rate = float(found[1])
        self.runs.append({"name": "pgbench", "load": machine.load(), "per_s": rate})
        print(f"pgbench, {PGBENCH_CLIENTS} clients: {rate:,.0f}/s", flush=True)
        return rate


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def describe(run):
    text = f"{run['name']}: {run['rate']:,}/s, p50 {run['placed_p50_ms']:.1f}"
    text += f", p99 {run['placed_p99_ms']:.1f}, max {run['placed_max_ms']:.0f} ms"
    text += f", {run['refused']} refused, load {run['load']:.1f}"
    if "jobs_seconds" in run:
        text += f", jobs done after {run['jobs_seconds']} s"
    return text
