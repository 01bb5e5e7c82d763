"""The engine's processes: started, watched, and started again when they end."""

import os
import re
import signal
import subprocess
import threading
import time

import servers

RESTART_SECONDS = 0.5
START_SECONDS = 60
STOP_SECONDS = 20
# Killed from outside or by a fault point, stopped, left by itself, ended by the watchdog.
EXPECTED = {-signal.SIGKILL, 0, 1, 70}


class Slot:
    """One pod: a name, a program, and the processes that are it in turn."""

    def __init__(self, fleet, name, program, environment):
        self.fleet = fleet
        self.name = name
        self.program = program
        self.environment = environment
        self.log = f"{fleet.directory}/{name}.log"
        # What processes of this slot did to themselves.
        self.fault_log = f"{fleet.directory}/faults-{name}.log"
        # Whoever changes what runs here holds it; the supervisor, too.
        self.lock = threading.RLock()
        self.process = None
        self.starts = 0
        # How long its log was when the process was started.
        self.begins = 0
        # By status, how often a process ended with it.
        self.exits = {}
        # SIGKILLs from outside; those of fault points are in the fault log.
        self.kills = 0
        # What the process that runs is to do to itself, and how often one killed itself.
        self.fault = None
        self.own_kills = 0

    def start(self, fault=None):
        """Starts a process; with `fault`, one that does this to itself."""
        environment = {**os.environ, **self.environment, "POD_NAME": self.name}
        if fault:
            environment |= {"FAULT_AT": fault, "FAULT_LOG": self.fault_log}
        with self.lock, open(self.log, "ab") as log:
            self.starts += 1
            self.begins = self.log_bytes()
            self.fault = fault
            self.process = subprocess.Popen(
                [self.program], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def is_running(self):
        with self.lock:
            return self.process is not None and self.process.poll() is None

    def signal(self, number):
        """Returns whether a process was there to get it."""
        with self.lock:
            if not self.is_running():
                return False
            self.process.send_signal(number)
            self.kills += number == signal.SIGKILL
            return True

    def stop(self):
        """SIGTERM, and SIGKILL for one that does not end; notes the status."""
        with self.lock:
            if not self.is_running():
                return
            # A frozen one cannot hear it.
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.fleet.violations.append(f"{self.name} did not stop in {STOP_SECONDS} s")
                self.signal(signal.SIGKILL)
                self.process.wait()
            self.note_exit()

    def note_exit(self):
        """Counts how the process ended, once."""
        code = self.process.returncode
        self.exits[code] = self.exits.get(code, 0) + 1
        self.process = None
        # Asked to stop before it could hear it.
        is_unborn = code == -signal.SIGTERM and self.log_bytes() == self.begins
        if code not in EXPECTED and not is_unborn:
            self.fleet.violations.append(f"{self.name} ended with status {code}")
        if code == -signal.SIGKILL:
            if ":kill" in (self.fault or ""):
                self.own_kills += 1
            elif self.exits[code] - self.own_kills > self.kills:
                self.fleet.violations.append(f"somebody else killed {self.name}: out of memory?")

    def said_since(self, offset, text):
        with open(self.log, "rb") as file:
            file.seek(offset)
            return text.encode() in file.read()

    def log_bytes(self):
        return os.path.getsize(self.log) if os.path.exists(self.log) else 0


class Fleet:
    """All slots; a thread restarts what has ended."""

    def __init__(self, directory):
        self.directory = directory
        self.slots = {}
        self.violations = []
        self.peaks = {}
        # By slot, when it was and of what.
        self.peak_details = {}
        self.begun = time.monotonic()
        self.ending = threading.Event()
        self.supervisor = threading.Thread(target=self._supervise, daemon=True)

    def add(self, name, program, environment):
        self.slots[name] = Slot(self, name, program, environment)

    def start(self):
        for slot in self.slots.values():
            slot.start()
        self.supervisor.start()
        for slot in self.slots.values():
            said = "taking bets" if slot.program.endswith("backend") else "listening"
            if not servers.wait_until(lambda: slot.said_since(0, said), START_SECONDS):
                raise RuntimeError(f"{slot.name} does not start: see {slot.log}")

    def _supervise(self):
        while not self.ending.wait(RESTART_SECONDS):
            for slot in self.slots.values():
                # Somebody who holds the lock is about to start it himself.
                if not slot.lock.acquire(blocking=False):
                    continue
                try:
                    self._look_at(slot)
                finally:
                    slot.lock.release()

    def _look_at(self, slot):
        if slot.process is None:
            slot.start()
        elif slot.process.poll() is not None:
            slot.note_exit()
        else:
            self._note_peak(slot)

    def _note_peak(self, slot):
        try:
            with open(f"/proc/{slot.process.pid}/status", encoding="utf-8") as file:
                sizes = dict(re.findall(r"^(VmHWM|Rss\w+):\s+(\d+)", file.read(), re.M))
        except OSError:
            return
        peak = int(sizes.get("VmHWM", 0))
        if peak > self.peaks.get(slot.name, 0):
            self.peaks[slot.name] = peak
            self.peak_details[slot.name] = (
                f"{time.monotonic() - self.begun:.0f} s after the start, of that now"
                f" {sizes.get('RssAnon', '?')} KiB its own, {sizes.get('RssFile', '?')} of files"
            )

    def thaw(self):
        for slot in self.slots.values():
            slot.signal(signal.SIGCONT)

    def stop(self):
        self.ending.set()
        if self.supervisor.is_alive():
            self.supervisor.join()
        for slot in self.slots.values():
            slot.stop()

    def kill(self):
        """For a run that is given up."""
        self.ending.set()
        for slot in self.slots.values():
            slot.signal(signal.SIGKILL)
