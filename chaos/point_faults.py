"""Processes and publishers that kill or freeze themselves at a point of their work."""

import signal
import time

import load
import schedule
import servers

HIT_SECONDS = 45
KEEPER_SECONDS = 30
REDIS_AWAY_SECONDS = 2

KEEPER = """SELECT l.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.objid = 1868850291 AND l.granted"""


class PointFaults:
    """Part of `Faults`."""

    def _point_kill(self, event):
        with self.locks[event.slot]:
            return self._kill_at(event)

    _api_point = _worker_point = _point_kill

    def _point_freeze(self, event):
        with self.locks[event.slot]:
            return self._freeze_at(event)

    _money_freeze = _point_freeze

    def _kill_at(self, event):
        slot = self.fleet.slots[event.slot]
        before = _hits(slot.fault_log, event.point, "kill")
        offset = self._restart(slot, event, "kill")
        if event.point in schedule.LEAVING_POINTS:
            servers.wait_until(lambda: slot.said_since(offset, "taking bets"), HIT_SECONDS)
            slot.signal(signal.SIGTERM)
        if event.point in schedule.KEEPING_POINTS:
            self._make_keeper(slot, offset)
            self._provoke(event.point)
        return self._is_hit(slot, event, "kill", before)

    def _freeze_at(self, event):
        slot = self.fleet.slots[event.slot]
        before = _hits(slot.fault_log, event.point, "freeze")
        self._restart(slot, event, "freeze")
        is_hit = self._is_hit(slot, event, "freeze", before)
        time.sleep(event.seconds)
        slot.signal(signal.SIGCONT)
        return is_hit

    def _is_hit(self, slot, event, action, before):
        """Waits for it; a process that ended otherwise gets a successor that will do it."""

        def is_hit():
            if _hits(slot.fault_log, event.point, action) > before:
                return True
            with slot.lock:
                if slot.fault is None and event.point not in schedule.LEAVING_POINTS:
                    self._restart(slot, event, action)
            return False

        return servers.wait_until(is_hit, HIT_SECONDS)

    def _restart(self, slot, event, action):
        """Replaces the slot's process by one that will do it; returns where its log begins."""
        with slot.lock:
            slot.stop()
            offset = slot.log_bytes()
            slot.start(f"{event.point}:{action}:{event.visit}")
            return offset

    def _make_keeper(self, slot, offset):
        """Ends the sessions of those that keep the odds counters until this one does."""

        def is_keeper():
            if slot.said_since(offset, "keeping the odds counters"):
                return True
            try:
                for pid, name in self.servers.sql(KEEPER):
                    if slot.name not in name:
                        self.servers.sql(f"SELECT pg_terminate_backend({pid})")
            except RuntimeError:
                pass
            time.sleep(0.3)
            return False

        servers.wait_until(is_keeper, KEEPER_SECONDS)

    def _provoke(self, point):
        with self.locks["redis"]:
            if point == "rebuildBegun":
                self.servers.redis("FLUSHALL")
            else:
                # What is stored while Redis stands still is for the repair.
                self._freeze(self.servers.processes("redis"), REDIS_AWAY_SECONDS)

    # --- publishers --------------------------------------------------------------------------

    def _publisher_kill(self, event):
        return self.load.kill()

    def _publisher_point(self, event):
        log = self.load.fault_log
        before = _hits(log, event.point, "kill")
        self.load.replace(f"{event.point}:kill:{event.visit}")
        return servers.wait_until(lambda: _hits(log, event.point, "kill") > before, HIT_SECONDS)


def _hits(path, point, action):
    return load.fault_hits([path]).get((point, action), 0)
