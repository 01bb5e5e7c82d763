"""A running engine and a Prometheus that scrapes it."""

import contextlib
import json
import subprocess
import threading
import urllib.error
import urllib.parse
import urllib.request

import yaml

from engine import Engine, end_with_parent, free_port
from paths import BUILD

BET_SECONDS = 0.2


class ScrapedEngine(Engine):
    """Three backends, an aggregator, an api-server, a worker, and a Prometheus that looks each
    second.

    What the programs write is left in .build/k8s-logs."""

    def __init__(self):
        super().__init__()
        self.logs = BUILD / "k8s-logs"
        self.directory = BUILD / "k8s-stack"
        self._environment["STACK_DIR"] = str(self.directory)
        self.ports = {}
        self.prometheus = free_port()

    def __enter__(self):
        super().__enter__()
        try:
            self.bank = self.start_bank()
            self._start_prometheus()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self, name, program, *arguments, **environment):
        """Remembers where it listens."""
        if "HTTP_PORT" in environment:
            self.ports[name] = environment["HTTP_PORT"]
        super()._start(name, program, *arguments, **environment)

    def _start_prometheus(self):
        data = self.directory / "prometheus"
        data.mkdir(parents=True)
        file = data / "prometheus.yml"
        targets = [f"127.0.0.1:{port}" for port in self.ports.values()]
        file.write_text(yaml.safe_dump({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [
                {"job_name": "engine", "static_configs": [{"targets": targets}]}],
        }))
        with open(self.logs / "prometheus.log", "ab") as log:
            self.processes["prometheus"] = subprocess.Popen(
                ["prometheus", f"--config.file={file}", f"--storage.tsdb.path={data}/data",
                 f"--web.listen-address=127.0.0.1:{self.prometheus}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=end_with_parent)
        self._until(self._all_are_up, "Prometheus does not reach every process")

    def _all_are_up(self):
        return len(self.values("up == 1")) == len(self.ports)

    def values(self, query):
        """The figures of an instant query, as text; none while Prometheus does not answer yet."""
        url = f"http://127.0.0.1:{self.prometheus}/api/v1/query?" + urllib.parse.urlencode(
            {"query": query})
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except urllib.error.HTTPError as error:
            # It listens before it has read what it kept.
            if error.code == 503:
                return []
            raise AssertionError(f"{query}: {error.read().decode()}") from error
        except OSError:
            return []
        return [sample["value"][1] for sample in found]

    def status(self, process, path):
        """What a process answers."""
        url = f"http://127.0.0.1:{self.ports[process]}{path}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    @contextlib.contextmanager
    def placing_bets(self):
        """Two users bet against each other meanwhile, several times a second."""
        operator, users = self.token(1, "--operator"), [self.token(7), self.token(8)]
        for number in (7, 8):
            self.ask(f"{self.bank}api/admin/deposits", operator,
                     {"userId": number, "amount": 100_000}, f"deposit-{number}")
        self.ask(f"{self.bank}api/admin/rounds", operator, {"id": "round-1"}, "round-1")
        ending, failures = threading.Event(), []

        def place():
            turn = 0
            while not ending.wait(BET_SECONDS):
                turn += 1
                try:
                    for side, user in zip("AB", users):
                        self.ask(f"{self.bank}api/bets", user,
                                 {"roundId": "round-1", "amount": 1, "side": side},
                                 f"{side}-{turn}")
                except OSError as error:
                    failures.append(error)
                    return

        thread = threading.Thread(target=place)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()
        assert not failures, failures

    def until(self, condition, why):
        self._until(condition, why)
