"""What is done to NATS, Postgres, Redis and the ways to them."""

import time

import servers

RETRY_SECONDS = 10
# What is refused and locked: where bets are stored, and where money moves.
REFUSE = """CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '53100'; END $$;
    CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON bets EXECUTE FUNCTION refuse();
    CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON wallet_ledgers EXECUTE FUNCTION refuse()"""
ALLOW = "DROP TRIGGER refuse ON bets; DROP TRIGGER refuse ON wallet_ledgers"
LOCK = """BEGIN; LOCK TABLE bets IN EXCLUSIVE MODE; LOCK TABLE wallets IN EXCLUSIVE MODE;
    SELECT pg_sleep({}); COMMIT"""
END_SESSIONS = """SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name ~ '^(backend|api-server|worker) '"""


class ServerFaults:
    """Part of `Faults`."""

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
            self.servers.sql(ALLOW, 20)
        return True

    def _postgres_lock(self, event):
        with self.locks["postgres"]:
            self.servers.sql(LOCK.format(event.seconds), event.seconds + 30)
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
