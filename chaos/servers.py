"""NATS, Postgres and Redis by scripts/stack, in a directory of their own; what is done to them."""

import os
import re
import signal
import socket
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
START_ATTEMPTS = 4
QUERY_SECONDS = 3
STACK_SECONDS = 180


class Servers:
    def __init__(self, directory):
        self.directory = directory
        self.environment = {**os.environ, "STACK_DIR": directory}
        os.makedirs(directory, exist_ok=True)
        # Not those that other stacks on this machine take, and below those of outgoing connections.
        ports = free_ports(4, 15_000 + os.getpid() % 10_000)
        names = ("NATS_PORT", "NATS_MONITOR_PORT", "POSTGRES_PORT", "REDIS_PORT")
        self.ports = dict(zip(names, ports))
        with open(f"{directory}/ports", "w", encoding="utf-8") as file:
            file.writelines(f"{name}={port}\n" for name, port in self.ports.items())
        self.stack("start", "--clean")

    @property
    def urls(self):
        """Every variable that says where a server is; a program takes its own user of NATS."""
        return dict(line.split("=", 1) for line in self.stack("env").split())

    def port(self, name):
        return self.ports[f"{name.upper()}_PORT"]

    def stack(self, *arguments):
        try:
            done = subprocess.run(
                [f"{ROOT}/scripts/stack", *arguments],
                env=self.environment,
                capture_output=True,
                text=True,
                timeout=STACK_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"scripts/stack {arguments[0]} hangs") from error
        if done.returncode != 0:
            raise RuntimeError(f"scripts/stack {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        """Starts those that do not run, on the ports they had."""
        for attempt in range(START_ATTEMPTS):
            try:
                self.stack("start")
                break
            except RuntimeError:
                # A killed Postgres leaves children that take a moment to see it.
                if attempt + 1 == START_ATTEMPTS:
                    raise
                time.sleep(1)
        with open(f"{self.directory}/ports", encoding="utf-8") as file:
            now = dict(re.findall(r"(\w+)=(\d+)", file.read()))
        if {name: int(port) for name, port in now.items()} != self.ports:
            raise RuntimeError("somebody else took the port of a server that was down")

    def pid(self, name):
        with open(f"{self.directory}/{name}.pid", encoding="utf-8") as file:
            return int(file.read().split()[0])

    def processes(self, name):
        """The server's own process and its children: Postgres has one a session."""
        pid = self.pid(name)
        return [pid, *children(pid)]

    def signal(self, name, number):
        for pid in self.processes(name):
            send(pid, number)

    def kill(self, name):
        """SIGKILL to the server's own process; returns when its children have ended, too."""
        pids = self.processes(name)
        send(pids[0], signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, pids)), 30)

    def stop_postgres(self):
        """As an administrator restarts it: sessions are ended, what is committed is kept."""
        pids = self.processes("postgres")
        send(pids[0], signal.SIGINT)
        wait_until(lambda: not any(map(is_alive, pids)), 30)

    def sql(self, script, seconds=QUERY_SECONDS, user="postgres"):
        """Rows of text; RuntimeError when Postgres does not answer in time."""
        url = f"postgresql://{user}@127.0.0.1:{self.port('postgres')}/betting?connect_timeout=2"
        try:
            done = subprocess.run(
                [program("psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url],
                input=script,
                capture_output=True,
                text=True,
                timeout=seconds,
            )
        except subprocess.TimeoutExpired as error:
            raise RuntimeError("Postgres does not answer") from error
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return [line.split("|") for line in done.stdout.splitlines()]

    def redis(self, *words):
        """The first line of Redis' answer to one command."""
        request = f"*{len(words)}\r\n" + "".join(f"${len(w)}\r\n{w}\r\n" for w in words)
        with socket.create_connection(("127.0.0.1", self.port("redis")), timeout=2) as link:
            link.sendall(request.encode())
            return link.recv(4096).decode(errors="replace").split("\r\n")[0]

    def stop(self):
        for name in SERVER_NAMES:
            try:
                self.signal(name, signal.SIGCONT)
            except (OSError, ValueError):
                pass
        self.stack("stop")


SERVER_NAMES = ("nats", "postgres", "redis")


def program(name):
    debian = f"/usr/lib/postgresql/15/bin/{name}"
    return debian if os.access(debian, os.X_OK) else name


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


def send(pid, number):
    try:
        os.kill(pid, number)
        return True
    except ProcessLookupError:
        return False


def status(pid):
    """State letter and parent of a process; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return None
    return fields[0], int(fields[1])


def is_alive(pid):
    now = status(pid)
    return now is not None and now[0] != "Z"


def children(pid):
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            now = status(int(name))
            if now and now[1] == pid:
                found.append(int(name))
    return found


def wait_until(holds, seconds, every=0.05):
    """Polls; returns whether it held in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(every)
    return holds()
