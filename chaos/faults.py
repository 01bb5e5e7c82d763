"""How each kind of fault is done. What lasts runs on a thread of its own; what is done to one
server or one slot waits for what is being done to it."""

import signal
import threading
import time

import schedule
import servers
from point_faults import PointFaults
from server_faults import ServerFaults

RETRY_SECONDS = 10


class Faults(PointFaults, ServerFaults):
    def __init__(self, machines, fleet, publishers, proxies):
        self.servers = machines
        self.fleet = fleet
        self.load = publishers
        self.proxies = proxies
        # By kind, how often it was done to something that was there.
        self.done = {}
        self.missed = []
        # What is under way, for the one who asks why nothing moves.
        self.current = set()
        self.book = threading.Lock()
        self.locks = {name: threading.Lock() for name in servers.SERVER_NAMES}
        slots = (*schedule.DEBUG_SLOTS, schedule.API_SLOTS[1], schedule.WORKER_SLOTS[1])
        self.locks |= {name: threading.Lock() for name in slots}
        self.threads = []

    def begin(self, event):
        if event.kind == "burst":
            self.load.burst(event.bets)
            return
        thread = threading.Thread(target=self._do, args=(event,), daemon=True)
        self.threads.append(thread)
        thread.start()

    def wait(self, seconds):
        """Until everything that was begun is over; returns what is not."""
        end = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(end - time.monotonic(), 0))
        with self.book:
            return sorted(self.current)

    def _do(self, event):
        with self.book:
            self.current.add(str(event).strip())
        try:
            action = getattr(self, "_" + event.kind.replace(" ", "_"))
            is_done = action(event)
            reason = "nothing was there"
        except (OSError, RuntimeError) as error:
            is_done, reason = False, str(error)
        with self.book:
            self.current.discard(str(event).strip())
            if is_done:
                self.done[event.kind] = self.done.get(event.kind, 0) + 1
            else:
                self.missed.append(f"{event}: {reason}")

    # --- processes ---------------------------------------------------------------------------

    def _backend_kill(self, event):
        return self._kill(event.slot)

    _api_kill = _worker_kill = _backend_kill

    def _aggregator_kill(self, event):
        return self.fleet.slots["aggregator"].signal(signal.SIGKILL)

    def _kill(self, name):
        slot = self.fleet.slots[name]
        servers.wait_until(slot.is_running, RETRY_SECONDS)
        return slot.signal(signal.SIGKILL)

    def _backend_stop(self, event):
        slot = self.fleet.slots[event.slot]
        servers.wait_until(slot.is_running, RETRY_SECONDS)
        slot.stop()
        return True

    _api_stop = _worker_stop = _backend_stop

    def _backend_freeze(self, event):
        slot = self.fleet.slots[event.slot]
        servers.wait_until(slot.is_running, RETRY_SECONDS)
        with slot.lock:
            if not slot.is_running():
                return False
            pid = slot.process.pid
        return self._freeze([pid], event.seconds)

    _api_freeze = _worker_freeze = _backend_freeze

    def _freeze(self, pids, seconds):
        try:
            found = [servers.send(pid, signal.SIGSTOP) for pid in pids]
            time.sleep(seconds)
        finally:
            for pid in pids:
                servers.send(pid, signal.SIGCONT)
        return any(found)
