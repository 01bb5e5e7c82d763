"""A running engine whose api-servers and workers are the pods of the manifests: their settings,
their key, replaced one by one as their Deployments say."""

import json
import random
import signal
import threading
import time
import urllib.error
import urllib.request

import rendering
from engine import Engine, free_port
from manifests import Manifests, environment, plain, pod
from paths import BUILD
from policies_settings import program_of

TARGET = "local"
# What a process here has instead of a pod: the servers' addresses are the stack's.
ADDRESSES = ("NATS_URL", "POSTGRES_URL")
ANSWER_SECONDS = 30
REPEAT_SECONDS = 0.02


class RolledEngine(Engine):
    """What the programs write is left in .build/rollout-logs."""

    def __init__(self):
        super().__init__()
        self.logs = BUILD / "rollout-logs"
        self.directory = BUILD / "rollout-stack"
        self._environment["STACK_DIR"] = str(self.directory)
        self.pods = {"api-server": [], "worker": []}
        self.ports = {}
        self._started = 0
        self._manifests = Manifests.read(TARGET, rendering.rendered(TARGET))

    def workload(self, program):
        """The Deployment that runs a program, and its container."""
        return next((workload, container) for workload, container in self._manifests.containers()
                    if program_of(container) == program)

    def deploy(self, program):
        """As many pods as the manifest has."""
        for _ in range(self.workload(program)[0]["spec"]["replicas"]):
            self.start_pod(program)

    def start_pod(self, program):
        """Returns when it is ready, as a Deployment waits before it ends an old one."""
        self._started += 1
        name = f"{program}-{self._started}"
        given = self.settings(program) | {"POD_NAME": name}
        self._start(name, program, **given)
        self.ports[name] = given
        self._until(lambda: self._answers(f"http://127.0.0.1:{given['HTTP_PORT']}/"),
                    f"{name} is not ready")
        self.pods[program] = [*self.pods[program], name]

    def settings(self, program):
        """A container's environment here."""
        workload, container = self.workload(program)
        given = {key: text for key, text in environment(self._manifests, container).items()
                 if text is not None and key not in ADDRESSES}
        if "TOKEN_KEY_FILE" in given:
            given["TOKEN_KEY_FILE"] = str(self.key_file(workload, given["TOKEN_KEY_FILE"]))
            # For betctl, which makes tokens.
            self._environment["TOKEN_KEY_FILE"] = given["TOKEN_KEY_FILE"]
        given |= {key: str(free_port()) for key in ("HTTP_PORT", "ADMIN_PORT")
                  if key == "HTTP_PORT" or key in given}
        return given

    def key_file(self, workload, path):
        """The key of a mounted Secret, as a file."""
        (volume,) = [volume for volume in pod(workload)["volumes"] if "secret" in volume]
        secret = self._manifests.find("Secret", volume["secret"]["secretName"])
        file = self.directory / "token-key-of-the-manifests"
        file.write_text(plain(secret)[path.rpartition("/")[2]])
        return file

    def roll(self, program, number=signal.SIGTERM):
        """A new pod for each old one, the new one first. Returns each old one's exit status and how
        long it took. Requests still come to it when it is told to end, as they do where no preStop
        has waited."""
        ended = []
        for name in list(self.pods[program]):
            self.start_pod(program)
            begun = time.monotonic()
            ended.append((self.end(name, number), time.monotonic() - begun))
            self.pods[program] = [each for each in self.pods[program] if each != name]
        return ended

    def address_of(self, program, port="HTTP_PORT"):
        """Of any pod, as a Service has it."""
        return f"http://127.0.0.1:{self.ports[random.choice(self.pods[program])][port]}/"

    def until(self, condition, why):
        self._until(condition, why)


class Crowd:
    """Players who place bets, and repeat each with its key until they know what became of it."""

    def __init__(self, engine, tokens, round_id):
        self.accepted = []
        self.refused = []
        self.repeated = 0
        self._engine = engine
        self._round = round_id
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._play, args=(user, token))
                         for user, token in tokens.items()]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _play(self, user, token):
        turn = 0
        while not self._ending.is_set():
            turn += 1
            self._place(token, f"{user}-{turn}", "AB"[user % 2])

    def _place(self, token, key, side):
        deadline = time.monotonic() + ANSWER_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = self._engine.ask(
                    self._engine.address_of("api-server") + "api/bets", token,
                    {"roundId": self._round, "amount": "1", "side": side}, key)
                self.accepted.append(answer["betId"])
                return
            except urllib.error.HTTPError as error:
                if error.code not in (429, 503):
                    self.refused.append((key, error.code, error.read().decode()))
                    return
            except (OSError, json.JSONDecodeError):
                pass  # Nobody listens any more, or the answer was cut off.
            self.repeated += 1
            self._ending.wait(REPEAT_SECONDS)
        self.refused.append((key, None, f"unknown after {ANSWER_SECONDS} s"))
