"""Publishers, and the journals in which they say what they were promised."""

import os
import signal
import subprocess
import threading

import schedule

# Everything acknowledged; something not, which is sent again after the load; asked to stop.
EXPECTED = {0, 1, 130}
RESUME_SECONDS = 120
CONTENT = ["--games", "50", "--users", "1000", "--selections", "3", "--duplicates", "0.02"]
CONTENT += ["--malformed", "0.02", "--ack-timeout", "2000"]


class Load:
    """A steady publisher that is replaced when it is killed, and bursts beside it."""

    def __init__(self, directory, seed, release, debug, environment, fault_log):
        self.directory = directory
        self.seed = seed
        self.programs = {False: f"{release}/load-simulator", True: f"{debug}/load-simulator"}
        self.environment = environment
        self.fault_log = fault_log
        self.journals = []
        self.bursts = []
        self.steady = None
        # Whether somebody kills the steady one, or it kills itself.
        self.is_killed = False
        self.violations = []
        self.lock = threading.RLock()
        self.ending = threading.Event()
        self.supervisor = threading.Thread(target=self._supervise, daemon=True)

    def start(self):
        self._start_steady(None)
        self.supervisor.start()

    def burst(self, bets):
        encoding = "protobuf" if bets % 2 else "json"
        arguments = ["--rate", "6000", str(bets), "--encoding", encoding]
        with self.lock:
            self.bursts.append(self._begin(arguments, None))

    def kill(self):
        """SIGKILL from outside; another takes its place. Returns whether one was there."""
        with self.lock:
            if self.steady is None or self.steady.poll() is not None:
                return False
            self.is_killed = True
            self.steady.send_signal(signal.SIGKILL)
            return True

    def replace(self, fault):
        """A publisher that will kill itself takes the place of the steady one."""
        with self.lock:
            self._end_steady()
            self._start_steady(fault)

    def stop(self):
        """Ends the load; then what journals have no answer for is sent again until it has one."""
        self.ending.set()
        self.supervisor.join()
        self._end_steady()
        for process in self.bursts:
            self._note_exit("a burst's publisher", process.wait(), EXPECTED)
        for journal in self.journals:
            self._resume(journal)

    def give_up(self):
        self.ending.set()
        for process in (self.steady, *self.bursts):
            if process is not None and process.poll() is None:
                process.kill()

    def _start_steady(self, fault):
        self.is_killed = fault is not None
        self.steady = self._begin(["--rate", str(schedule.STEADY_RATE), "0"], fault)

    def _end_steady(self):
        """Asks it to stop, unless it has ended."""
        if self.steady.poll() is None:
            self.steady.send_signal(signal.SIGINT)
            self.steady.wait()
        self._note_steady_exit(EXPECTED)

    def _note_steady_exit(self, expected):
        killed = {-signal.SIGKILL} if self.is_killed else set()
        self._note_exit("the steady publisher", self.steady.returncode, expected | killed)

    def _note_exit(self, who, code, expected):
        if code not in expected:
            self.violations.append(f"{who} ended with status {code}")

    def _begin(self, arguments, fault):
        number = len(self.journals) + 1
        journal = f"{self.directory}/journal-{number}.jsonl"
        self.journals.append(journal)
        # Each has random choices of its own; which they are follows from the seed.
        seed = self.seed * 1_000 + number
        return self._run([*arguments, *CONTENT, "--seed", str(seed), "--journal", journal], fault)

    def _run(self, arguments, fault):
        environment = {**os.environ, **self.environment}
        if fault:
            environment |= {"FAULT_AT": fault, "FAULT_LOG": self.fault_log}
        with open(f"{self.directory}/publishers.log", "ab") as log:
            return subprocess.Popen(
                [self.programs[fault is not None], *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def _supervise(self):
        while not self.ending.wait(0.2):
            with self.lock:
                if self.steady.poll() is not None:
                    # It has no end of its own.
                    self._note_steady_exit(set())
                    self._start_steady(None)

    def _resume(self, journal):
        try:
            code = self._run(["--resume", journal], None).wait(RESUME_SECONDS)
        except subprocess.TimeoutExpired:
            code = "none"
        if code != 0:
            self.violations.append(f"{journal} could not be settled: status {code}")

    def join_journals(self, path):
        """One journal of all, for the audit; returns how many were tried and acknowledged."""
        tried = acknowledged = 0
        with open(path, "w", encoding="utf-8") as whole:
            for journal in self.journals:
                with open(journal, encoding="utf-8", errors="replace") as file:
                    for line in file:
                        tried += line.startswith('{"t":"try"')
                        acknowledged += line.startswith('{"t":"ack"')
                        whole.write(line if line.endswith("\n") else line + "\n")
        return tried, acknowledged


def fault_hits(paths):
    """By point and action, how often a process did it to itself."""
    hits = {}
    for path in filter(os.path.exists, paths):
        with open(path, encoding="utf-8") as file:
            for line in file:
                _, point, action, *_ = line.split()
                hits[point, action] = hits.get((point, action), 0) + 1
    return hits
