"""How each kind of fault is done. What lasts runs on a thread of its own; what is done to one
server waits for what is being done to it."""

import signal
import threading
import time

import load
import schedule
import servers

HIT_SECONDS = 45
KEEPER_SECONDS = 30
RETRY_SECONDS = 10
REDIS_AWAY_SECONDS = 2

KEEPER = """SELECT l.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.objid = 1868850291 AND l.granted"""
REFUSE = """CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '53100'; END $$;
    CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON bets EXECUTE FUNCTION refuse()"""
END_SESSIONS = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'backend %'"""


class Faults:
    def __init__(self, machines, fleet, publishers, proxies, fault_log):
        self.servers = machines
        self.fleet = fleet
        self.load = publishers
        self.proxies = proxies
        self.fault_log = fault_log
        # By kind, how often it was done to something that was there.
        self.done = {}
        self.missed = []
        # What is under way, for the one who asks why nothing moves.
        self.current = set()
        self.book = threading.Lock()
        self.locks = {name: threading.Lock() for name in servers.SERVER_NAMES}
        self.locks |= {name: threading.Lock() for name in schedule.DEBUG_SLOTS}
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
        slot = self.fleet.slots[event.slot]
        servers.wait_until(slot.is_running, RETRY_SECONDS)
        return slot.signal(signal.SIGKILL)

    def _aggregator_kill(self, event):
        return self.fleet.slots["aggregator"].signal(signal.SIGKILL)

    def _backend_stop(self, event):
        slot = self.fleet.slots[event.slot]
        servers.wait_until(slot.is_running, RETRY_SECONDS)
        slot.stop()
        return True

    def _backend_freeze(self, event):
        slot = self.fleet.slots[event.slot]
        servers.wait_until(slot.is_running, RETRY_SECONDS)
        with slot.lock:
            if not slot.is_running():
                return False
            pid = slot.process.pid
        return self._freeze([pid], event.seconds)

    def _freeze(self, pids, seconds):
        try:
            found = [servers.send(pid, signal.SIGSTOP) for pid in pids]
            time.sleep(seconds)
        finally:
            for pid in pids:
                servers.send(pid, signal.SIGCONT)
        return any(found)

    # --- fault points ------------------------------------------------------------------------

    def _point_kill(self, event):
        with self.locks[event.slot]:
            return self._kill_at(event)

    def _point_freeze(self, event):
        with self.locks[event.slot]:
            return self._freeze_at(event)

    def _kill_at(self, event):
        slot = self.fleet.slots[event.slot]
        before = self._hits(event.point, "kill")
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
        before = self._hits(event.point, "freeze")
        self._restart(slot, event, "freeze")
        is_hit = self._is_hit(slot, event, "freeze", before)
        time.sleep(event.seconds)
        slot.signal(signal.SIGCONT)
        return is_hit

    def _hits(self, point, action):
        return load.fault_hits(self.fault_log).get((point, action), 0)

    def _is_hit(self, slot, event, action, before):
        """Waits for it; a process that ended otherwise gets a successor that will do it."""

        def is_hit():
            if self._hits(event.point, action) > before:
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
        before = self._hits(event.point, "kill")
        self.load.replace(f"{event.point}:kill:{event.visit}")
        return servers.wait_until(lambda: self._hits(event.point, "kill") > before, HIT_SECONDS)

    # --- servers -----------------------------------------------------------------------------

    def _server_kill(self, name, event):
        with self.locks[name]:
            self.servers.kill(name)
            time.sleep(event.seconds)
            self.servers.start()
        return True

    def _server_freeze(self, name, event):
        with self.locks[name]:
            return self._freeze(self.servers.processes(name), event.seconds)

    def _nats_kill(self, event):
        return self._server_kill("nats", event)

    def _nats_freeze(self, event):
        return self._server_freeze("nats", event)

    def _redis_kill(self, event):
        return self._server_kill("redis", event)

    def _redis_freeze(self, event):
        return self._server_freeze("redis", event)

    def _postgres_kill(self, event):
        return self._server_kill("postgres", event)

    def _postgres_freeze(self, event):
        return self._server_freeze("postgres", event)

    def _postgres_restart(self, event):
        with self.locks["postgres"]:
            self.servers.stop_postgres()
            time.sleep(event.seconds)
            self.servers.start()
        return True

    def _postgres_refuse(self, event):
        with self.locks["postgres"]:
            self.servers.sql(REFUSE, 20)
            time.sleep(event.seconds)
            self.servers.sql("DROP TRIGGER refuse ON bets", 20)
        return True

    def _postgres_lock(self, event):
        with self.locks["postgres"]:
            self.servers.sql(
                "BEGIN; LOCK TABLE bets IN EXCLUSIVE MODE;"
                f" SELECT pg_sleep({event.seconds}); COMMIT",
                event.seconds + 30,
            )
        return True

    def _sessions_end(self, event):
        with self.locks["postgres"]:
            # Those that were just lost come back by themselves.
            return servers.wait_until(
                lambda: int(self.servers.sql(END_SESSIONS)[0][0]) > 0, RETRY_SECONDS
            )

    def _redis_empty(self, event):
        with self.locks["redis"]:
            return self.servers.redis("FLUSHALL").startswith("+OK")

    def _redis_delete(self, event):
        with self.locks["redis"]:
            keys = ("odds:total", "game:game_1:odds_updates", "game:game_2:pool")
            return self.servers.redis("DEL", *keys).startswith(":")

    def _network(self, event):
        proxy = self.proxies[event.server]
        # The backend may be about to start.
        servers.wait_until(lambda: proxy.links, RETRY_SECONDS)
        try:
            count = proxy.set(event.condition)
            time.sleep(event.seconds)
        finally:
            proxy.set("open")
        return count > 0
